/*
 * pch.hpp: what make precompiles; every file includes at least this much.
 */
#pragma once

#include "core/memory.hpp"
#include "core/pg.hpp"
