/*
 * memory.hpp: Boost.Container over PostgreSQL memory contexts.
 *
 * Nothing here owns memory. A container's storage belongs to a MemoryContext,
 * so a longjmp out of ereport(ERROR) skips destructors and leaks nothing.
 */
#pragma once

#if !defined(BOOST_CONTAINER_USER_DEFINED_THROW_CALLBACKS) || !defined(BOOST_ENABLE_ASSERT_HANDLER)
#error "build with -DBOOST_CONTAINER_USER_DEFINED_THROW_CALLBACKS -DBOOST_ENABLE_ASSERT_HANDLER"
#endif

#include "core/pg.hpp"

namespace dbeng {

template <class T>
class ContextAllocator
{
  public:
	using value_type = T;

	ContextAllocator() noexcept : context_(CurrentMemoryContext) {}
	explicit ContextAllocator(MemoryContext context) noexcept : context_(context) {}
	template <class U>
	ContextAllocator(const ContextAllocator<U> &other) noexcept : context_(other.context())
	{}

	T *allocate(std::size_t n) { return static_cast<T *>(MemoryContextAllocHuge(context_, n * sizeof(T))); }
	void deallocate(T *p, std::size_t) noexcept { pfree(p); }

	MemoryContext context() const noexcept { return context_; }

	friend bool operator==(const ContextAllocator &a, const ContextAllocator &b) noexcept
	{
		return a.context_ == b.context_;
	}
	friend bool operator!=(const ContextAllocator &a, const ContextAllocator &b) noexcept
	{
		return a.context_ != b.context_;
	}

  private:
	MemoryContext context_;
};

template <class T>
using Vector = boost::container::vector<T, ContextAllocator<T>>;
template <class T, std::size_t N>
using SmallVector = boost::container::small_vector<T, N, ContextAllocator<T>>;
template <class T, std::size_t N>
using StaticVector = boost::container::static_vector<T, N>;
template <class K, class V, class Less = std::less<K>>
using FlatMap = boost::container::flat_map<K, V, Less, ContextAllocator<std::pair<K, V>>>;
template <class K, class Less = std::less<K>>
using FlatSet = boost::container::flat_set<K, Less, ContextAllocator<K>>;

/*
 * Local<C> is a C constructed in place and never destroyed, hence trivially
 * destructible: a frame that holds only Locals and plain data may be jumped
 * over by ereport(ERROR) without leaving the C++ standard.
 */
template <class C>
class Local
{
  public:
	template <class... Args>
	explicit Local(Args &&...args)
	{
		::new (static_cast<void *>(storage_)) C(std::forward<Args>(args)...);
	}
	Local(const Local &) = delete;
	Local &operator=(const Local &) = delete;

	C *operator->() noexcept { return std::launder(reinterpret_cast<C *>(storage_)); }
	C &operator*() noexcept { return *std::launder(reinterpret_cast<C *>(storage_)); }
	const C *operator->() const noexcept { return std::launder(reinterpret_cast<const C *>(storage_)); }
	const C &operator*() const noexcept { return *std::launder(reinterpret_cast<const C *>(storage_)); }

  private:
	alignas(C) unsigned char storage_[sizeof(C)];
};

static_assert(std::is_trivially_destructible_v<Local<Vector<int>>>);
static_assert(!std::is_trivially_destructible_v<Vector<int>>);

/*
 * An Arena hands out small pieces that live as long as its context and are
 * never freed one by one: no chunk header, no power-of-two rounding. A model
 * of 100,000 relations is mostly such pieces.
 */
class Arena
{
  public:
	explicit Arena(MemoryContext context) noexcept : context_(context) {}

	void *allocate(std::size_t bytes)
	{
		bytes = MAXALIGN(bytes);
		if (bytes > left_)
		{
			if (bytes > block_bytes / 4)
				return MemoryContextAllocHuge(context_, bytes);
			next_ = static_cast<char *>(MemoryContextAlloc(context_, block_bytes));
			left_ = block_bytes;
		}
		void *piece = next_;
		next_ += bytes;
		left_ -= bytes;
		return piece;
	}

	/* Uninitialised room for n Ts. */
	template <class T>
	T *allocate_array(std::size_t n)
	{
		static_assert(std::is_trivially_destructible_v<T>);
		return static_cast<T *>(allocate(n * sizeof(T)));
	}

	template <class T>
	std::span<T> copy(const T *from, std::size_t n)
	{
		static_assert(std::is_trivially_copyable_v<T>);
		if (n == 0)
			return {};
		T *to = allocate_array<T>(n);
		memcpy(static_cast<void *>(to), from, n * sizeof(T));
		return {to, n};
	}

	template <class T>
	std::span<T> copy(const Vector<T> &from)
	{
		return copy(from.data(), from.size());
	}

	const char *copy(const char *text) { return copy(text, strlen(text) + 1).data(); }

	/* A varlena value, detoasted, in the arena. */
	const varlena *copy_varlena(Datum value);

	MemoryContext context() const noexcept { return context_; }

  private:
	static constexpr std::size_t block_bytes = 64 * 1024;

	MemoryContext context_;
	char *next_ = nullptr;
	std::size_t left_ = 0;
};

} // namespace dbeng
