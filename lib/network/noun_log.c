/* Rows of the table of nouns: logs that are kept with what they tell of, entries and tiles of
 * hashes. No public noun; lib/sharing reads and writes them (log_rows.h). A log is the party's own
 * in a constellation, or, with no constellation, its private one. Hashes are bytes in texts. */
#include "network/noun_table.h"

/* clang-format off */
static const cstn__field log_fields[] = {
	{0, "party_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "whose log it is"},
	{1, "constellation_id", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "where it is shared; none: the private log"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "the latest time of an entry"},
	{3, "size", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "entries"},
	{4, "range", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "the compact range, 32 bytes a hash"},
};
const cstn__noun cstn__noun_log = {CSTN__NOUN_LOG, CSTN__TABLE_KEYED, "log", "a tamper-evident log", log_fields, COUNT(log_fields), 2, 2, 0, -1, NULL, NULL, 0};

static const cstn__field log_entry_fields[] = {
	{0, "party_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, ""},
	{1, "constellation_id", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, ""},
	{2, "number", CSTN_TYPE_INT64, REQUIRED, 3, ANY, 0, 0, 0, NULL, "index in the log, from 0"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "entry", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "canonical JSON"},
	{5, "hash", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "of the entry, 32 bytes"},
};
const cstn__noun cstn__noun_log_entry = {CSTN__NOUN_LOG_ENTRY, CSTN__TABLE_KEYED, "log_entry", "an entry of a log", log_entry_fields, COUNT(log_entry_fields), 3, 3, 0, -1, NULL, NULL, 0};

static const cstn__field log_tile_fields[] = {
	{0, "party_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, ""},
	{1, "constellation_id", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, ""},
	{2, "level", CSTN_TYPE_INT32, REQUIRED, 3, ANY, 0, 0, 0, NULL, "0: hashes of entries"},
	{3, "number", CSTN_TYPE_INT64, REQUIRED, 4, ANY, 0, 0, 0, NULL, "in its level, from 0"},
	{4, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was full"},
	{5, "hashes", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "256 of 32 bytes"},
	{6, "hash", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "the root over them, 32 bytes"},
};
const cstn__noun cstn__noun_log_tile = {CSTN__NOUN_LOG_TILE, CSTN__TABLE_KEYED, "log_tile", "256 hashes of a log", log_tile_fields, COUNT(log_tile_fields), 4, 4, 0, -1, NULL, NULL, 0};
/* clang-format on */
