/* Arrow format strings: which are read, how their values lie, what they are called in messages, and
 * for those that are not read what the sender should do instead.
 *
 * An extension type is its storage type: metadata is never looked at. Cost: constant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/column.h"
#include "table/stream_type.h"

typedef struct plain_type {
	const char *format;
	int32_t kind, physical;
	const char *name, *way_out;
} plain_type;

#define READ(format, kind, physical, name)                            \
	{                                                             \
		format, CSTN__KIND_##kind, CSTN__##physical, name, "" \
	}
#define REFUSED(format, name, way_out)                                  \
	{                                                               \
		format, CSTN__KIND_REFUSED, CSTN__ABSENT, name, way_out \
	}
#define UNNEST "unnest it, one row a line"

static const plain_type plain_types[] = {
		READ("n", NULL, NULLS, "null"),
		READ("b", FLAG, BIT, "bool"),
		READ("c", INTEGER, I8, "int8"),
		READ("C", INTEGER, U8, "uint8"),
		READ("s", INTEGER, I16, "int16"),
		READ("S", INTEGER, U16, "uint16"),
		READ("i", INTEGER, I32, "int32"),
		READ("I", INTEGER, U32, "uint32"),
		READ("l", INTEGER, I64, "int64"),
		READ("L", INTEGER, U64, "uint64"),
		READ("f", DOUBLE, F32, "float"),
		READ("g", DOUBLE, F64, "double"),
		READ("u", TEXT, TEXT32, "utf8"),
		READ("U", TEXT, TEXT64, "large_utf8"),
		READ("vu", TEXT, TEXTVIEW, "utf8_view"),
		READ("z", BYTES, TEXT32, "binary"),
		READ("Z", BYTES, TEXT64, "large_binary"),
		READ("vz", BYTES, TEXTVIEW, "binary_view"),
		READ("tdD", DATE32, I32, "date32[day]"),
		READ("tdm", DATE64, I64, "date64[ms]"),
		REFUSED("e", "float16", "cast it to float or double"),
		REFUSED("+l", "list", UNNEST),
		REFUSED("+L", "large_list", UNNEST),
		REFUSED("+vl", "list_view", UNNEST),
		REFUSED("+vL", "large_list_view", UNNEST),
		REFUSED("+m", "map", UNNEST),
		REFUSED("+s", "struct", "flatten it, one column a field"),
		REFUSED("+r", "run_end_encoded", "decode it"),
};

/* Formats that go on behind these letters. */
static const plain_type prefix_types[] = {
		REFUSED("+w:", "fixed_size_list", UNNEST),
		REFUSED("+us:", "sparse_union", "split it, one column a type"),
		REFUSED("+ud:", "dense_union", "split it, one column a type"),
		REFUSED("w:", "fixed_size_binary", "cast it to binary"),
		REFUSED("tt", "time of day", "give a timestamp"),
		REFUSED("tD", "duration", "give an int64"),
		REFUSED("ti", "interval", "give an int64"),
};

static void take(cstn__stream_type *out, const plain_type *type)
{
	out->kind = type->kind;
	out->physical = type->physical;
	out->way_out = type->way_out;
	snprintf(out->name, sizeof(out->name), "%s", type->name);
}

/* tss: tsm: tsu: tsn: and a zone; 0 if it is that. */
static int read_timestamp(const char *format, cstn__stream_type *out)
{
	static const struct {
		char letter;
		int64_t per_second;
		const char *name;
	} units[] = {{'s', 1, "s"}, {'m', 1000, "ms"}, {'u', 1000000, "us"},
			{'n', 1000000000, "ns"}};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (format[2] != units[i].letter || format[3] != ':')
			continue;
		out->kind = CSTN__KIND_TIME;
		out->physical = CSTN__I64;
		out->per_second = units[i].per_second;
		out->wall = format[4] == 0;
		if (out->wall)
			snprintf(out->name, sizeof(out->name), "timestamp[%s] without zone",
					units[i].name);
		else
			snprintf(out->name, sizeof(out->name), "timestamp[%s, %.40s]",
					units[i].name, format + 4);
		return 0;
	}
	return -1;
}

/* d:precision,scale[,bits]; 0 if it is that. */
static int read_decimal(const char *format, cstn__stream_type *out)
{
	const char *at = format + 2;
	char *end;
	long precision, scale, bits = 128;

	precision = strtol(at, &end, 10);
	if (end == at || *end != ',' || precision < 1 || precision > 76)
		return -1;
	at = end + 1;
	scale = strtol(at, &end, 10);
	if (end == at || (*end != 0 && *end != ',') || scale < -76 || scale > 76)
		return -1;
	if (*end == ',') {
		at = end + 1;
		bits = strtol(at, &end, 10);
		if (end == at || *end != 0)
			return -1;
	}
	switch (bits) {
	case 32:
		out->physical = CSTN__DEC32;
		break;
	case 64:
		out->physical = CSTN__DEC64;
		break;
	case 128:
		out->physical = CSTN__DEC128;
		break;
	case 256:
		out->physical = CSTN__DEC256;
		break;
	default:
		return -1;
	}
	out->kind = CSTN__KIND_DECIMAL;
	out->scale = (int32_t)scale;
	snprintf(out->name, sizeof(out->name), "decimal%ld(%ld, %ld)", bits, precision, scale);
	return 0;
}

void cstn__stream_type_read(const char *format, cstn__stream_type *out)
{
	static const plain_type unknown = REFUSED("", "of unknown format", "cast it");
	size_t i;

	memset(out, 0, sizeof(*out));
	out->way_out = "";
	if (!format)
		format = "";
	for (i = 0; i < sizeof(plain_types) / sizeof(plain_types[0]); i++)
		if (strcmp(format, plain_types[i].format) == 0) {
			take(out, &plain_types[i]);
			return;
		}
	if (strncmp(format, "ts", 2) == 0 && read_timestamp(format, out) == 0)
		return;
	if (strncmp(format, "d:", 2) == 0 && read_decimal(format, out) == 0)
		return;
	for (i = 0; i < sizeof(prefix_types) / sizeof(prefix_types[0]); i++)
		if (strncmp(format, prefix_types[i].format, strlen(prefix_types[i].format)) == 0) {
			take(out, &prefix_types[i]);
			return;
		}
	take(out, &unknown);
}

int32_t cstn__physical_width(int32_t physical)
{
	switch (physical) {
	case CSTN__I8:
	case CSTN__U8:
		return 1;
	case CSTN__I16:
	case CSTN__U16:
		return 2;
	case CSTN__I32:
	case CSTN__U32:
	case CSTN__F32:
	case CSTN__DEC32:
	case CSTN__TEXT32:
		return 4;
	case CSTN__I64:
	case CSTN__U64:
	case CSTN__F64:
	case CSTN__DEC64:
	case CSTN__TEXT64:
		return 8;
	case CSTN__DEC128:
	case CSTN__TEXTVIEW:
		return 16;
	case CSTN__DEC256:
		return 32;
	default:
		return 0;
	}
}
