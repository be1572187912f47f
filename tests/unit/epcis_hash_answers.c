/* Outside answers for event hashes and canonical GS1 links: /epcis_hash of the vectors. Its folder
 * says where they come from. */
#include <jansson.h>

#include <constellation/event_proof.h>

#include "event_fixture.h"
#include "shared_data.h"

#define EVENTS 28
#define LINKS 70

static json_t *vectors(const char *file)
{
	char *path = shared_path("vectors/epcis_hash", file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

/* A text column of the only batch. */
static const char *text_at(const struct ArrowArray *batch, int64_t column, int64_t row, size_t *len)
{
	const struct ArrowArray *array = batch->children[column];
	const int32_t *ends = array->buffers[1];

	*len = (size_t)(ends[row + 1] - ends[row]);
	return (const char *)array->buffers[2] + ends[row];
}

/* The rows of one document; 0 of them without a batch. */
static void hash_file(const char *name, struct ArrowArray *batch)
{
	cstn_epcis_hash_options options = CSTN_EPCIS_HASH_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	char *path = shared_path("vectors/epcis_hash", name), *json;
	size_t len;
	cstn_status status;

	json = event_file(path, &len);
	ck_assert_msg(json != NULL, "%s", path);
	options.flags = CSTN_EPCIS_HASH_STRING;
	status = cstn_epcis_hash(json, len, &options, NULL, &stream, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s: %s", name, cstn_error_message(error));
	ck_assert_int_eq(stream.get_next(&stream, batch), 0);
	stream.release(&stream);
	free(json);
	free(path);
}

START_TEST(hashes_and_strings_are_those_published)
{
	json_t *answers = vectors("expected.json"), *one;
	size_t i, checked = 0;

	json_array_foreach(answers, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		const char *hash = json_string_value(json_object_get(one, "hash"));
		const char *string = json_string_value(json_object_get(one, "prehash"));
		struct ArrowArray batch;
		char file[200];
		const char *found;
		size_t len;

		snprintf(file, sizeof(file), "events/%s.jsonld", id);
		hash_file(file, &batch);
		ck_assert_int_eq(batch.length, 1);
		found = text_at(&batch, 2, 0, &len);
		ck_assert_msg(len == strlen(string) && memcmp(found, string, len) == 0,
				"%s:\n%.*s\nwanted\n%s", id, (int)len, found, string);
		found = text_at(&batch, 1, 0, &len);
		ck_assert_msg(len == strlen(hash) && memcmp(found, hash, len) == 0, "%s: %.*s", id,
				(int)len, found);
		batch.release(&batch);
		checked++;
	}
	ck_assert_uint_eq(checked, EVENTS);
	json_decref(answers);
}
END_TEST

START_TEST(documents_of_several_events)
{
	json_t *answers = vectors("documents.json"), *one, *hash;
	size_t i, k, len;

	json_array_foreach(json_object_get(answers, "several_events"), i, one)
	{
		struct ArrowArray batch;
		char file[200];

		snprintf(file, sizeof(file), "documents/%s",
				json_string_value(json_object_get(one, "document")));
		hash_file(file, &batch);
		ck_assert_int_eq(batch.length,
				(int64_t)json_array_size(json_object_get(one, "hashes")));
		json_array_foreach(json_object_get(one, "hashes"), k, hash)
		{
			const char *found = text_at(&batch, 1, (int64_t)k, &len);

			ck_assert(len == json_string_length(hash) &&
					memcmp(found, json_string_value(hash), len) == 0);
		}
		batch.release(&batch);
	}
	ck_assert_uint_ge(i, 2);
	json_array_foreach(json_object_get(answers, "all_events_have_one_hash"), i, one)
	{
		struct ArrowArray batch;
		char file[200], first[200];
		const char *found;
		int64_t row;

		snprintf(file, sizeof(file), "documents/%s", json_string_value(one));
		hash_file(file, &batch);
		ck_assert_int_ge(batch.length, 2);
		found = text_at(&batch, 1, 0, &len);
		memcpy(first, found, len);
		for (row = 1; row < batch.length; row++)
			ck_assert_mem_eq(text_at(&batch, 1, row, &len), first, len);
		batch.release(&batch);
	}
	ck_assert_uint_ge(i, 1);
	json_decref(answers);
}
END_TEST

START_TEST(links_are_canonical_or_none)
{
	json_t *answers = vectors("gs1_uri_normalisation.json"), *one;
	size_t i;

	json_array_foreach(answers, i, one)
	{
		const json_t *wanted = json_object_get(one, "canonical");
		const char *uri = json_string_value(json_object_get(one, "input"));
		cstn_buffer *link = NULL;
		cstn_error *error = NULL;
		cstn_status status = cstn_gs1_uri_canonical(uri, strlen(uri), NULL, &link, &error);

		if (json_is_null(wanted)) {
			ck_assert_msg(status == CSTN_E_NOT_FOUND, "%s", uri);
			cstn_error_free(error);
			continue;
		}
		ck_assert_msg(status == CSTN_OK, "%s: %s", uri, cstn_error_message(error));
		ck_assert_msg(cstn_buffer_size(link) == json_string_length(wanted) &&
						memcmp(cstn_buffer_data(link),
								json_string_value(wanted),
								cstn_buffer_size(link)) == 0,
				"%s: %.*s", uri, (int)cstn_buffer_size(link),
				(const char *)cstn_buffer_data(link));
		cstn_buffer_free(link);
	}
	ck_assert_uint_eq(i, LINKS);
	json_decref(answers);
}
END_TEST

/* Each bare word of the vocabulary becomes the URI that the standard's context has for it. */
START_TEST(words_of_the_vocabulary)
{
	static const struct {
		const char *place, *before, *after;
	} places[] = {{"bizStep", "\"bizStep\":\"", "\""},
			{"disposition", "\"disposition\":\"", "\""},
			{"sourceList.type", "\"sourceList\":[{\"type\":\"",
					"\",\"source\":\"urn:epc:id:pgln:4012345.00000\"}]"},
			{"destinationList.type", "\"destinationList\":[{\"type\":\"",
					"\",\"destination\":\"urn:epc:id:pgln:4012345.00000\"}]"},
			{"bizTransactionList.type", "\"bizTransactionList\":[{\"type\":\"",
					"\",\"bizTransaction\":\"urn:x:1\"}]"},
			{"sensorElementList.sensorReport.type",
					"\"sensorElementList\":[{\"sensorReport\":[{\"type\":\"",
					"\"}]}]"},
			{"sensorElementList.sensorReport.exception",
					"\"sensorElementList\":[{\"sensorReport\":[{\"exception\":"
					"\"",
					"\"}]}]"},
			{"sensorElementList.sensorReport.component",
					"\"sensorElementList\":[{\"sensorReport\":[{\"component\":"
					"\"",
					"\"}]}]"}};
	json_t *vocabulary = vectors("vocabulary.json"), *uri;
	size_t i, checked = 0;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		json_t *words = json_object_get(
				json_object_get(vocabulary, "bare_strings"), places[i].place);
		const char *word;

		ck_assert_msg(json_object_size(words) > 0, "%s", places[i].place);
		json_object_foreach(words, word, uri)
		{
			cstn_epcis_hash_options options = CSTN_EPCIS_HASH_OPTIONS_INIT;
			struct ArrowArrayStream stream;
			struct ArrowArray batch;
			cstn_error *error = NULL;
			char json[1000], wanted[200], string[2000];
			const char *found;
			size_t len;

			options.flags = CSTN_EPCIS_HASH_STRING;
			snprintf(json, sizeof(json),
					"{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:"
					"00:00Z\",\"eventTimeZoneOffset\":\"+02:00\",\"action\":"
					"\"ADD\",\"epcList\":[\"urn:x:1\"],%s%s%s}",
					places[i].before, word, places[i].after);
			ck_assert_msg(cstn_epcis_hash(json, strlen(json), &options, NULL, &stream,
						      NULL, &error) == CSTN_OK,
					"%s: %s", json, cstn_error_message(error));
			ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
			found = text_at(&batch, 2, 0, &len);
			snprintf(string, sizeof(string), "%.*s", (int)len, found);
			snprintf(wanted, sizeof(wanted), "=%s", json_string_value(uri));
			ck_assert_msg(strstr(string, wanted) != NULL, "%s in %s", wanted, string);
			batch.release(&batch);
			stream.release(&stream);
			checked++;
		}
	}
	ck_assert_uint_ge(checked, 180);
	json_decref(vocabulary);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {hashes_and_strings_are_those_published,
			documents_of_several_events, links_are_canonical_or_none,
			words_of_the_vocabulary};

	return run_tests_on("vectors/epcis_hash", "expected.json", "epcis_hash_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
