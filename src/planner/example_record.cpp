#include "planner/example_record.hpp"

namespace dbeng {

void
RecordWriter::put(const void *from, std::size_t count)
{
	memcpy(bytes_ + used_, from, count);
	used_ += count;
}

bool
RecordWriter::text(std::string_view text)
{
	if (text.size() + 1 > sizeof(bytes_) - used_)
		return false;
	put(text.data(), text.size());
	put("", 1);
	return true;
}

/* A value: its type; if that is valid, whether there is a text; if so, the text. */
bool
RecordWriter::value(Oid type, const char *text)
{
	std::size_t left = sizeof(bytes_) - used_;
	std::size_t length = text == nullptr ? 0 : strlen(text) + 1;
	if (sizeof(Oid) + 1 + length > left)
		type = InvalidOid;
	if (sizeof(Oid) > left)
		return false;
	put(&type, sizeof(type));
	if (!OidIsValid(type))
		return true;
	put(text == nullptr ? "n" : "v", 1);
	if (text != nullptr)
		put(text, length);
	return true;
}

Example *
read_record(std::span<const char> record, TimestampTz seen_at)
{
	auto *example = static_cast<Example *>(palloc(sizeof(Example)));
	*example = {record.data(), {}, seen_at};
	const char *at = record.data() + strlen(record.data()) + 1;
	const char *end = record.data() + record.size();
	Local<Vector<ExampleValue>> values;
	while (at < end)
	{
		ExampleValue value = {InvalidOid, nullptr};
		memcpy(&value.type, at, sizeof(Oid));
		at += sizeof(Oid);
		if (OidIsValid(value.type) && *at++ == 'v')
		{
			value.value = at;
			at += strlen(at) + 1;
		}
		values->push_back(value);
	}
	example->values = {values->data(), values->size()};
	return example;
}

} // namespace dbeng
