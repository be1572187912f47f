/* Event commitments: what a record proves, what it shows, and what is refused. The root is worked
 * out a second time here, from the leaves up, with libsodium's SHA-256. */
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <constellation/event_proof.h>

#include "suite.h"

#define MOST 40

/* Bytes that count up, so that each salt is another. */
static cstn_status counting(void *user, uint8_t *out, size_t size)
{
	uint32_t *next = user;
	size_t i;

	for (i = 0; i < size; i++)
		out[i] = (uint8_t)((*next)++ * 7);
	return CSTN_OK;
}

static cstn_status refusing(void *user, uint8_t *out, size_t size)
{
	(void)user;
	(void)out;
	(void)size;
	return CSTN_E_IO;
}

typedef struct made {
	cstn_event_field fields[MOST];
	char paths[MOST][24], values[MOST][24];
	size_t n;
	cstn_buffer *record;
	uint8_t root[CSTN_EVENT_ROOT_SIZE];
} made;

static void make(made *m, size_t n)
{
	cstn_event_commit_options options = CSTN_EVENT_COMMIT_OPTIONS_INIT;
	uint32_t next = (uint32_t)n;
	size_t i;

	options.entropy = counting;
	options.entropy_user = &next;
	m->n = n;
	m->record = NULL;
	for (i = 0; i < n; i++) {
		snprintf(m->paths[i], sizeof(m->paths[i]), i % 3 ? "line[%zu].qty" : "field%zu", i);
		snprintf(m->values[i], sizeof(m->values[i]), "secret-%zu", i);
		m->fields[i] = (cstn_event_field){m->paths[i], strlen(m->paths[i]), m->values[i],
				strlen(m->values[i])};
	}
	ck_assert_int_eq(cstn_event_commit(m->fields, n, &options, NULL, &m->record, m->root, NULL),
			CSTN_OK);
}

static const char *chars(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

static cstn_buffer *redacted(const cstn_buffer *record, const char *const *paths, size_t n)
{
	cstn_buffer *out = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_event_redact(
			chars(record), cstn_buffer_size(record), paths, n, NULL, &out, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return out;
}

static cstn_status verified(const cstn_buffer *record, const uint8_t *root)
{
	return cstn_event_verify(chars(record), cstn_buffer_size(record), root, NULL, NULL, NULL);
}

static int holds(const cstn_buffer *record, const char *text)
{
	size_t i, n = strlen(text), size = cstn_buffer_size(record);
	const char *data = chars(record);

	for (i = 0; i + n <= size; i++)
		if (memcmp(data + i, text, n) == 0)
			return 1;
	return 0;
}

/* --- the root, a second time ------------------------------------------------------------------ */

static void bytes_of(const json_t *text, uint8_t *out, size_t size)
{
	size_t n;

	ck_assert_int_eq(sodium_base642bin(out, size, json_string_value(text),
					 json_string_length(text), NULL, &n, NULL,
					 sodium_base64_VARIANT_ORIGINAL),
			0);
	ck_assert_uint_eq(n, size);
}

static void leaf_of(const json_t *field, uint8_t *out)
{
	const json_t *path = json_object_get(field, "path");
	const json_t *value = json_object_get(field, "value");
	uint8_t entry[1 + 16 + 2 + 256 + 256];
	size_t n = 17;

	entry[0] = 0;
	bytes_of(json_object_get(field, "salt"), entry + 1, 16);
	entry[n++] = 0;
	entry[n++] = (uint8_t)json_string_length(path);
	memcpy(entry + n, json_string_value(path), json_string_length(path));
	n += json_string_length(path);
	memcpy(entry + n, json_string_value(value), json_string_length(value));
	crypto_hash_sha256(out, entry, n + json_string_length(value));
}

/* Of a whole record: fields, then for 5 fields of 8 leaves hashes of 1 and 2 leaves, folded in by
 * their place. */
static void root_of(const cstn_buffer *record, uint8_t *out)
{
	json_t *tree = json_loadb(chars(record), cstn_buffer_size(record), 0, NULL);
	json_t *fields = json_object_get(tree, "fields"), *hashes = json_object_get(tree, "hashes");
	size_t n = json_array_size(fields),
	       width = (size_t)json_integer_value(json_object_get(tree, "leaves"));
	uint8_t level[64][32];
	size_t i, used = 0, known = n, size;

	for (i = 0; i < n; i++)
		leaf_of(json_array_get(fields, i), level[i]);
	for (size = 1; size < width; size *= 2, known = (known + 1) / 2) {
		if (known % 2 == 1)
			bytes_of(json_array_get(hashes, used++), level[known], 32);
		for (i = 0; i < (known + 1) / 2; i++) {
			uint8_t pair[65] = {1};

			memcpy(pair + 1, level[2 * i], 32);
			memcpy(pair + 33, level[2 * i + 1], 32);
			crypto_hash_sha256(level[i], pair, 65);
		}
	}
	ck_assert_uint_eq(used, json_array_size(hashes));
	memcpy(out, level[0], 32);
	json_decref(tree);
}

START_TEST(a_root_is_that_of_its_leaves)
{
	size_t n;

	for (n = 1; n <= MOST; n++) {
		made m;
		uint8_t root[32];

		make(&m, n);
		root_of(m.record, root);
		ck_assert_mem_eq(root, m.root, 32);
		ck_assert_int_eq(verified(m.record, m.root), CSTN_OK);
		cstn_buffer_free(m.record);
	}
}
END_TEST

/* --- redaction -------------------------------------------------------------------------------- */

START_TEST(what_is_kept_is_proved_and_the_rest_is_gone)
{
	uint32_t seed = 1;
	int round;

	for (round = 0; round < 300; round++) {
		const char *paths[MOST];
		uint8_t kept[MOST] = {0};
		size_t i, n_paths = 0;
		cstn_buffer *part;
		made m;

		seed = seed * 1664525u + 1013904223u;
		make(&m, 1 + seed / 7 % MOST);
		for (i = 0; i < m.n; i++) {
			seed = seed * 1664525u + 1013904223u;
			kept[i] = seed >> 24 & 1;
			if (kept[i])
				paths[n_paths++] = m.paths[i];
		}
		part = redacted(m.record, paths, n_paths);
		ck_assert_int_eq(verified(part, m.root), CSTN_OK);
		for (i = 0; i < m.n; i++) {
			char value[40];

			snprintf(value, sizeof(value), "\"%s\"", m.values[i]);
			ck_assert_int_eq(holds(part, value), kept[i]);
		}
		cstn_buffer_free(part);
		cstn_buffer_free(m.record);
	}
}
END_TEST

START_TEST(a_part_of_a_part_is_the_part)
{
	const char *some[] = {"field0", "line[1]", "line[4]", "field9"}, *fewer[] = {"line"};
	const char *at_once[] = {"line[1].qty", "line[4].qty"};
	cstn_buffer *first, *second, *same;
	made m;

	make(&m, 11);
	first = redacted(m.record, some, 4);
	second = redacted(first, fewer, 1);
	same = redacted(m.record, at_once, 2);
	ck_assert_uint_eq(cstn_buffer_size(second), cstn_buffer_size(same));
	ck_assert_mem_eq(chars(second), chars(same), cstn_buffer_size(same));
	cstn_buffer_free(first);
	cstn_buffer_free(second);
	cstn_buffer_free(same);
	first = redacted(m.record, NULL, 0);
	ck_assert(!holds(first, "secret"));
	ck_assert_int_eq(verified(first, m.root), CSTN_OK);
	cstn_buffer_free(first);
	cstn_buffer_free(m.record);
}
END_TEST

START_TEST(an_absent_path_is_told)
{
	const char *paths[] = {"field0", "fiel"};
	cstn_buffer *out = NULL;
	cstn_error *error = NULL;
	made m;

	make(&m, 4);
	ck_assert_int_eq(cstn_event_redact(chars(m.record), cstn_buffer_size(m.record), paths, 2,
					 NULL, &out, &error),
			CSTN_E_NOT_FOUND);
	ck_assert_str_eq(cstn_error_message(error), "no field has the path 'fiel'");
	ck_assert_ptr_null(out);
	cstn_error_free(error);
	cstn_buffer_free(m.record);
}
END_TEST

/* --- forgeries -------------------------------------------------------------------------------- */

START_TEST(no_changed_byte_passes)
{
	const char *paths[] = {"field0", "line[2]"};
	cstn_buffer *part;
	size_t i, size;
	char *copy;
	made m;

	make(&m, 6);
	part = redacted(m.record, paths, 2);
	size = cstn_buffer_size(part);
	copy = malloc(size);
	memcpy(copy, chars(part), size);
	for (i = 0; i < size; i++) {
		int bit;

		for (bit = 0; bit < 8; bit++) {
			cstn_error *error = NULL;
			cstn_status status;

			copy[i] = (char)(copy[i] ^ 1 << bit);
			status = cstn_event_verify(copy, size, m.root, NULL, NULL, &error);
			ck_assert_msg(status == CSTN_E_PROOF || status == CSTN_E_FORMAT,
					"byte %zu, bit %d: %d", i, bit, status);
			cstn_error_free(error);
			copy[i] = (char)(copy[i] ^ 1 << bit);
		}
		ck_assert_int_eq(cstn_event_verify(copy, i, m.root, NULL, NULL, NULL),
				CSTN_E_FORMAT);
	}
	free(copy);
	m.root[31] ^= 1;
	ck_assert_int_eq(verified(part, m.root), CSTN_E_PROOF);
	cstn_buffer_free(part);
	cstn_buffer_free(m.record);
}
END_TEST

START_TEST(records_that_break_a_rule)
{
#define SALT "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define HASH "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""
#define FIELD(index, path, value) \
	"{\"index\":" index ",\"path\":" path ",\"salt\":" SALT ",\"value\":" value "}"
#define RECORD(fields, hashes, leaves, type) \
	"{\"fields\":[" fields "],\"hashes\":[" hashes "],\"leaves\":" leaves ",\"type\":" type "}"
#define TYPE "\"cstn/event/v1\""
	static const struct {
		const char *text, *message;
	} cases[] = {{RECORD(FIELD("0", "\"a\"", "\"b\""), "", "1", "\"cstn/event/v2\""),
				     "event record, byte 111: fields, hashes, leaves and the type "
				     "\"cstn/event/v1\" are required"},
			{RECORD("", HASH, "3", TYPE), "event record, byte 80: a power of two of at "
						      "most 4,096"},
			{RECORD("", HASH, "8192", TYPE),
					"event record, byte 80: a power of two of at most 4,096"},
			{RECORD("", "", "1", TYPE),
					"event record, byte 22: one hash for each of the "
					"largest subtrees without a field"},
			{RECORD("", HASH "," HASH, "2", TYPE),
					"event record, byte 22: one hash for each of the largest "
					"subtrees without a field"},
			{RECORD(FIELD("1", "\"a\"", "\"b\""), HASH, "1", TYPE),
					"event record, byte 20: indices grow and are below leaves"},
			{RECORD(FIELD("0", "\"a\"", "\"b\"") "," FIELD("0", "\"c\"", "\"b\""), HASH,
					 "4", TYPE),
					"event record, byte 89: indices grow and are below leaves"},
			{RECORD(FIELD("0", "\"\"", "\"b\""), "", "1", TYPE),
					"event record, byte 29: a path has 1 to 255 bytes, no "
					"control characters"},
			{RECORD(FIELD("0", "\"a\"", "1"), "", "1", TYPE),
					"event record, byte 75: a value is text of at most 65,535 "
					"bytes"},
			{RECORD(FIELD("0", "\"a\"", "\"b\""), "", "1", TYPE) " ",
					"event record, byte 127: the text is not canonical (RFC "
					"8785)"}};
	uint8_t root[CSTN_EVENT_ROOT_SIZE] = {0};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cstn_error *error = NULL;

		ck_assert_int_eq(cstn_event_verify(cases[i].text, strlen(cases[i].text), root, NULL,
						 NULL, &error),
				CSTN_E_FORMAT);
		ck_assert_str_eq(cstn_error_message(error), cases[i].message);
		cstn_error_free(error);
	}
}
END_TEST

START_TEST(no_message_tells_a_value)
{
	static const char text[] = RECORD(FIELD("0", "\"a\"", "\"Anselma Quist\""), "", "1", TYPE);
	uint8_t root[CSTN_EVENT_ROOT_SIZE] = {0};
	char copy[sizeof(text)];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		for (int bit = -1; bit < 8; bit++) { /* cut there, or a bit is another */
			cstn_error *error = NULL;

			memcpy(copy, text, sizeof(text));
			if (bit >= 0)
				copy[i] = (char)(copy[i] ^ 1 << bit);
			ck_assert_int_ne(cstn_event_verify(copy, bit < 0 ? i : sizeof(text) - 1,
							 root, NULL, NULL, &error),
					CSTN_OK);
			ck_assert_msg(!strstr(cstn_error_message(error), "Ans") &&
							!strstr(cstn_error_message(error), "Qui"),
					"%s", cstn_error_message(error));
			cstn_error_free(error);
		}
}
END_TEST

START_TEST(fields_that_break_a_rule)
{
	char long_path[300];
	const cstn_event_field good = {"a", 1, "1", 1};
	const cstn_event_field cases[][2] = {{good, good}, {good, {"", 0, "1", 1}},
			{good, {long_path, 256, "1", 1}}, {good, {"b\n", 2, "1", 1}},
			{good, {"b", 1, "\0", 1}}, {good, {"b", 1, "\xff", 1}},
			{good, {"b", 1, long_path, 65536}}};
	cstn_event_commit_options options = CSTN_EVENT_COMMIT_OPTIONS_INIT;
	uint8_t root[CSTN_EVENT_ROOT_SIZE] = {9};
	cstn_buffer *record = NULL;
	size_t i;

	memset(long_path, 'x', sizeof(long_path));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(cstn_event_commit(cases[i], 2, NULL, NULL, &record, root, NULL),
				i == 0 ? CSTN_E_DUPLICATE : CSTN_E_INVALID_ARGUMENT);
		ck_assert_ptr_null(record);
		ck_assert_uint_eq(root[0], 9);
	}
	ck_assert_int_eq(cstn_event_commit(&good, 0, NULL, NULL, &record, root, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_event_commit(&good, CSTN_EVENT_FIELDS_MAX + 1, NULL, NULL, &record,
					 root, NULL),
			CSTN_E_LIMIT);
	options.entropy = refusing;
	ck_assert_int_eq(cstn_event_commit(&good, 1, &options, NULL, &record, root, NULL),
			CSTN_E_IO);
	ck_assert_ptr_null(record);
}
END_TEST

/* --- EPCIS ------------------------------------------------------------------------------------ */

#define EVENT                                                                                   \
	"{\"@context\":{\"ex\":\"https://ns.example.com/\"},\"type\":\"ObjectEvent\","          \
	"\"eventTime\":\"2024-04-30T10:00:00.0005+02:00\",\"eventTimeZoneOffset\":\"+02:00\","  \
	"\"action\":\"OBSERVE\",\"bizStep\":\"shipping\",\"epcList\":["                         \
	"\"urn:epc:id:sscc:4012345.0000000002\",\"urn:epc:id:sscc:4012345.0000000001\"],"       \
	"\"ex:temperature\":\" 007.50 \",\"ex:lots\":[{\"ex:no\":\"B\"},{\"ex:no\":\"A\"},{}]," \
	"\"ex:none\":null,\"recordTime\":\"2024-04-30T10:00:00Z\"}"

static const char *text_at(const struct ArrowArray *batch, int64_t column, int64_t row)
{
	static char room[4][2000];
	static int turn;
	const struct ArrowArray *array = batch->children[column];
	const int32_t *ends = array->buffers[1];
	char *out = room[turn = (turn + 1) % 4];

	snprintf(out, sizeof(room[0]), "%.*s", (int)(ends[row + 1] - ends[row]),
			(const char *)array->buffers[2] + ends[row]);
	return out;
}

START_TEST(an_event_is_named_by_what_it_says)
{
	cstn_epcis_hash_options options = CSTN_EPCIS_HASH_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	cstn_error *error = NULL;

	options.flags = CSTN_EPCIS_HASH_STRING;
	ck_assert_msg(cstn_epcis_hash(EVENT, strlen(EVENT), &options, NULL, &stream, NULL,
				      &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_str_eq(text_at(&batch, 2, 0),
			"eventType=ObjectEventeventTime=2024-04-30T08:00:00.001Z"
			"eventTimeZoneOffset=+02:00epcList"
			"epc=https://id.gs1.org/00/040123450000000016"
			"epc=https://id.gs1.org/00/040123450000000023action=OBSERVE"
			"bizStep=https://ref.gs1.org/cbv/BizStep-shipping"
			"{https://ns.example.com/}lots{https://ns.example.com/}no=A"
			"{https://ns.example.com/}lots{https://ns.example.com/}no=B"
			"{https://ns.example.com/}temperature=7.5");
	batch.release(&batch);
	stream.release(&stream);
}
END_TEST

START_TEST(the_fields_of_an_event_are_its_values)
{
	static const char *const wanted[][2] = {{"eventType", "ObjectEvent"},
			{"eventTime", "2024-04-30T08:00:00.001Z"},
			{"eventTimeZoneOffset", "+02:00"},
			{"epcList[0]", "https://id.gs1.org/00/040123450000000023"},
			{"epcList[1]", "https://id.gs1.org/00/040123450000000016"},
			{"action", "OBSERVE"},
			{"bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"},
			{"{https://ns.example.com/}temperature", "7.5"},
			{"{https://ns.example.com/}lots[0].{https://ns.example.com/}no", "B"},
			{"{https://ns.example.com/}lots[1].{https://ns.example.com/}no", "A"}};
	cstn_buffer *record = NULL;
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	cstn_error *error = NULL;
	uint8_t root[CSTN_EVENT_ROOT_SIZE];
	int64_t i;

	ck_assert_msg(cstn_epcis_commit(EVENT, strlen(EVENT), 0, NULL, NULL, &record, root,
				      &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_event_verify(chars(record), cstn_buffer_size(record), root, NULL,
					 &stream, NULL),
			CSTN_OK);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(batch.length, 10);
	for (i = 0; i < batch.length; i++) {
		ck_assert_str_eq(text_at(&batch, 1, i), wanted[i][0]);
		ck_assert_str_eq(text_at(&batch, 2, i), wanted[i][1]);
	}
	batch.release(&batch);
	stream.release(&stream);
	cstn_buffer_free(record);
	ck_assert_int_eq(
			cstn_epcis_commit(EVENT, strlen(EVENT), 1, NULL, NULL, &record, root, NULL),
			CSTN_E_NOT_FOUND);
}
END_TEST

START_TEST(bad_events_are_left_out_and_told)
{
	static const char document[] =
			"{\"@context\":[\"https://ref.gs1.org/standards/epcis/"
			"epcis-context.jsonld\"],"
			"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":"
			"\"2024-05-01T00:00:00Z\",\"epcisBody\":{\"eventList\":[{\"type\":"
			"\"ObjectEvent\"}," EVENT "]}}";
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_row_error row;
	cstn_buffer *record = NULL;
	uint8_t root[CSTN_EVENT_ROOT_SIZE];

	ck_assert_int_eq(cstn_epcis_hash(document, strlen(document), NULL, NULL, &stream, &bad,
					 &error),
			CSTN_E_ROWS);
	ck_assert_msg(strstr(cstn_error_message(error),
				      "1 of 2 events break the rules of EPCIS 2.0; the first: "
				      "/epcisBody/eventList/0/") != NULL,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 0);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(batch.length, 1);
	ck_assert_int_eq(((const int64_t *)batch.children[0]->buffers[1])[0], 1);
	batch.release(&batch);
	stream.release(&stream);
	cstn_error_free(error);
	cstn_row_errors_free(bad);
	ck_assert_int_eq(cstn_epcis_commit(document, strlen(document), 0, NULL, NULL, &record, root,
					 NULL),
			CSTN_E_ROWS);
}
END_TEST

/* What is written in another way, but says the same, has the same hash; what says more has not. */
START_TEST(links_beside_the_published_ones)
{
	static const struct {
		const char *uri, *link;
	} cases[] = {{"urn:epc:id:giai:4012345.A.B", "https://id.gs1.org/8004/4012345A.B"},
			{"urn:epc:id:sgtin:4012345.11111.1", NULL},
			{"urn:epc:id:sgtin:4012345.0111111.1", NULL},
			{"urn:epc:id:sgtin:40123456789012.1.1", NULL},
			{"urn:epc:id:sgtin:4012345.011111.", NULL},
			{"urn:epc:id:sgtin:4012345.011111.%2", NULL},
			{"urn:epc:id:sgtin:4012345.011111.%20", NULL},
			{"urn:epc:id:sgtin:4012345.011111.123456789012345678901", NULL},
			{"urn:epc:id:sgtin:4012345.011111.12345678901234567890",
					"https://id.gs1.org/01/04012345111118/21/"
					"12345678901234567890"},
			{"urn:epc:id:sscc:4012345.0000000001.1", NULL},
			{"urn:epc:id:cpi:4012345.ab.1", NULL},
			{"urn:epc:id:unknown:4012345.1", NULL}, {"urn:epc:", NULL},
			{"https://", NULL}, {"https://id.gs1.org/", NULL},
			{"https://id.gs1.org/01/", NULL},
			{"https://id.gs1.org/01/04012345111118/",
					"https://id.gs1.org/01/04012345111118"},
			{"https://shop.example/p/gtin/04012345111118/lot/L1/ser/S1?x=1#y",
					"https://id.gs1.org/01/04012345111118/21/S1"},
			{"https://id.gs1.org/01/04012345111118/21/", NULL},
			{"https://id.gs1.org/414/4012345000054/22/1", NULL}, {"", NULL}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cstn_buffer *link = NULL;
		cstn_status status = cstn_gs1_uri_canonical(
				cases[i].uri, strlen(cases[i].uri), NULL, &link, NULL);

		ck_assert_msg(status == (cases[i].link ? CSTN_OK : CSTN_E_NOT_FOUND), "%s",
				cases[i].uri);
		if (cases[i].link)
			ck_assert_msg(cstn_buffer_size(link) == strlen(cases[i].link) &&
							memcmp(chars(link), cases[i].link,
									strlen(cases[i].link)) == 0,
					"%s: %.*s", cases[i].uri, (int)cstn_buffer_size(link),
					chars(link));
		cstn_buffer_free(link);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_root_is_that_of_its_leaves,
			what_is_kept_is_proved_and_the_rest_is_gone, a_part_of_a_part_is_the_part,
			an_absent_path_is_told, no_changed_byte_passes, records_that_break_a_rule,
			no_message_tells_a_value, fields_that_break_a_rule,
			an_event_is_named_by_what_it_says, the_fields_of_an_event_are_its_values,
			bad_events_are_left_out_and_told, links_beside_the_published_ones};

	return run_tests("event commitments", tests, sizeof(tests) / sizeof(tests[0]));
}
