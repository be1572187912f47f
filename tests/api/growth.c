/* Structs that grow: what a caller compiled with an older or a newer header meets. Every size from
 * 0 to 4,097, every byte past what this library knows, every flag. Through public calls only. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

#define LIMIT 4096

typedef struct grown {
	const char *name;
	size_t size; /* as it is in this release, the first */
	uint32_t known_flags;
	int is_output; /* filled by the call: bytes past the end are not looked at */
	/* Makes a good struct in `bytes` (zeroed but for struct_size). */
	void (*fill)(void *bytes);
	cstn_status (*call)(void *bytes, cstn_error **error);
} grown;

static cstn_service_policy *policy(void)
{
	cstn_service_policy *made = NULL;

	ck_assert_int_eq(cstn_service_policy_new(NULL, NULL, &made, NULL), CSTN_OK);
	return made;
}

static void *take(void *user, size_t size, size_t alignment)
{
	(void)user;
	(void)alignment;
	return malloc(size);
}

static void *resize(void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	(void)user;
	(void)old_size;
	(void)alignment;
	return realloc(memory, new_size);
}

static void give_back(void *user, void *memory, size_t size, size_t alignment)
{
	(void)user;
	(void)size;
	(void)alignment;
	free(memory);
}

static void fill_nothing(void *bytes)
{
	(void)bytes;
}

static void fill_allocator(void *bytes)
{
	cstn_allocator *allocator = bytes;

	allocator->alloc = take;
	allocator->realloc = resize;
	allocator->free = give_back;
}

static cstn_status call_allocator(void *bytes, cstn_error **error)
{
	cstn_zone *zone = NULL;
	cstn_status status = cstn_zone_fixed(0, bytes, &zone, error);

	cstn_zone_unref(zone);
	return status;
}

static cstn_status call_csv(void *bytes, cstn_error **error)
{
	static const char text[] = "id\n1\n";
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_schema_parse("id int64\n", 9, NULL, &schema, NULL), CSTN_OK);
	status = cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1, schema, bytes,
			NULL, &reader, error);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	return status;
}

static cstn_status call_config(void *bytes, cstn_error **error)
{
	cstn_service_policy *made = policy();
	cstn_perfect_order *state = NULL;
	cstn_status status = cstn_perfect_order_new(made, 0, NULL, 0, bytes, NULL, &state, error);

	cstn_perfect_order_free(state);
	cstn_service_policy_unref(made);
	return status;
}

static void fill_config(void *bytes)
{
	((cstn_perfect_order_config *)bytes)->to_us = 1;
}

/* A struct without columns is refused later than the options are read, so an empty one serves. */
static cstn_status call_options(void *bytes, cstn_error **error)
{
	cstn_service_policy *made = policy();
	cstn_perfect_order *state = NULL;
	struct ArrowArrayStream *lines = cstn_arrow_stream_new();
	struct ArrowSchema schema = {.format = "+s", .release = cstn_arrow_schema_release_borrowed};
	struct ArrowArray array = {.n_buffers = 1,
			.buffers = (const void *[]){NULL},
			.release = cstn_arrow_array_release_borrowed};
	cstn_status status;

	ck_assert_ptr_nonnull(lines);
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, lines), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(made, 0, NULL, 0, NULL, NULL, &state, NULL),
			CSTN_OK);
	status = cstn_perfect_order_update(state, lines, bytes, NULL, error);
	if (status == CSTN_E_SCHEMA) { /* the options were read, and then no column was there */
		cstn_error_free(*error);
		*error = NULL;
		status = CSTN_OK;
	}
	cstn_arrow_stream_free(lines);
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(made);
	return status;
}

static cstn_status judge(
		const cstn_policy_data *data, const cstn_order_line *line, cstn_error **error)
{
	cstn_service_policy *made = policy();
	cstn_verdict *verdict = NULL;
	cstn_status status = cstn_perfect_order_judge_line(made, 0, data, line, &verdict, error);

	cstn_verdict_free(verdict);
	cstn_service_policy_unref(made);
	return status;
}

static cstn_status call_policy_data(void *bytes, cstn_error **error)
{
	cstn_order_line line;

	cstn_order_line_init(&line, sizeof(line));
	line.quantity = 1;
	return judge(bytes, &line, error);
}

static void fill_order_line(void *bytes)
{
	uint32_t size = ((cstn_order_line *)bytes)->struct_size;

	cstn_order_line_init(bytes, sizeof(cstn_order_line));
	((cstn_order_line *)bytes)->struct_size = size;
	((cstn_order_line *)bytes)->quantity = 1;
}

static cstn_status call_order_line(void *bytes, cstn_error **error)
{
	return judge(NULL, bytes, error);
}

static cstn_status call_compare(void *bytes, cstn_error **error)
{
	cstn_service_policy *made = policy();
	cstn_perfect_order *state = NULL;
	cstn_perfect_order_result *result = NULL;
	struct ArrowArrayStream out = {0};
	cstn_status status;

	ck_assert_int_eq(cstn_perfect_order_new(made, 0, NULL, 0, NULL, NULL, &state, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	status = cstn_perfect_order_compare(result, bytes, &out, error);
	if (out.release != NULL)
		out.release(&out);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(made);
	return status;
}

static cstn_status call_event_json(void *bytes, cstn_error **error)
{
	struct ArrowArrayStream out = {0};
	cstn_status status = cstn_dcsa_read("[]", 2, bytes, NULL, &out, NULL, error);

	if (out.release != NULL)
		out.release(&out);
	return status;
}

static cstn_network *network_in_memory(void)
{
	cstn_network *network = NULL;

	ck_assert_int_eq(cstn_network_open(NULL, NULL, NULL, &network, NULL), CSTN_OK);
	return network;
}

static void fill_scan(void *bytes)
{
	((cstn_scan_options *)bytes)->range_field = "ordered";
	((cstn_scan_options *)bytes)->until_us = 1;
}

static cstn_status call_scan(void *bytes, cstn_error **error)
{
	cstn_network *network = network_in_memory();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream out = {0};
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	status = cstn_snapshot_scan(snapshot, "order", bytes, &out, error);
	if (out.release != NULL)
		out.release(&out);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

static cstn_status call_events(void *bytes, cstn_error **error)
{
	cstn_network *network = network_in_memory();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream out = {0};
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	status = cstn_snapshot_scan_effective_events(snapshot, bytes, &out, NULL, NULL, error);
	if (out.release != NULL)
		out.release(&out);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

static cstn_status call_maintain(void *bytes, cstn_error **error)
{
	cstn_network *network = network_in_memory();
	cstn_status status = cstn_network_maintain(network, bytes, error);

	cstn_network_unref(network);
	return status;
}

static cstn_status call_rate(void *bytes, cstn_error **error)
{
	return cstn_rate_interval(9, 10, 0, bytes, error);
}

static const grown structs[] = {
		{"cstn_allocator", sizeof(cstn_allocator), 0, 0, fill_allocator, call_allocator},
		{"cstn_csv_options", sizeof(cstn_csv_options),
				CSTN_CSV_NO_HEADER | CSTN_CSV_STRICT | CSTN_CSV_BAD_NULL |
						CSTN_CSV_CRLF,
				0, fill_nothing, call_csv},
		{"cstn_perfect_order_config", sizeof(cstn_perfect_order_config),
				CSTN_PERFECT_ORDER_EACH | CSTN_PERFECT_ORDER_PERIOD |
						CSTN_PERFECT_ORDER_ROLLUP,
				0, fill_config, call_config},
		{"cstn_perfect_order_options", sizeof(cstn_perfect_order_options),
				CSTN_IMPORT_TRUSTED, 0, fill_nothing, call_options},
		{"cstn_policy_data", sizeof(cstn_policy_data), 0, 0, fill_nothing,
				call_policy_data},
		{"cstn_compare_options", sizeof(cstn_compare_options), 0, 0, fill_nothing,
				call_compare},
		{"cstn_event_json_options", sizeof(cstn_event_json_options),
				CSTN_EVENT_JSON_ALL_OR_NOTHING | CSTN_EVENT_JSON_INDENT, 0,
				fill_nothing, call_event_json},
		{"cstn_scan_options", sizeof(cstn_scan_options),
				CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED | CSTN_SCAN_DICTIONARY |
						CSTN_SCAN_SINCE | CSTN_SCAN_RANGE |
						CSTN_SCAN_AS_OF | CSTN_SCAN_EMPTY_AS_NULL,
				0, fill_scan, call_scan},
		{"cstn_event_options", sizeof(cstn_event_options), 0, 0, fill_nothing, call_events},
		{"cstn_maintain_options", sizeof(cstn_maintain_options), 0, 0, fill_nothing,
				call_maintain},
		/* These two have no flags. */
		{"cstn_order_line", sizeof(cstn_order_line), 0, 0, fill_order_line,
				call_order_line},
		{"cstn_rate", sizeof(cstn_rate), 0, 1, fill_nothing, call_rate},
};
#define COUNT ((int)(sizeof(structs) / sizeof(structs[0])))
#define WITH_FLAGS (COUNT - 2)

/* The status of a call with a good struct of `size` bytes whose byte `set` (0: none) is 1. */
static cstn_status call_with(const grown *one, uint32_t size, size_t set, uint32_t flags)
{
	_Alignas(16) uint8_t bytes[LIMIT + 16];
	cstn_error *error = NULL;
	cstn_status status;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &size, sizeof(size));
	one->fill(bytes);
	if (flags != 0)
		memcpy(bytes + 4, &flags, sizeof(flags));
	if (set != 0)
		bytes[set] = 1;
	status = one->call(bytes, &error);
	ck_assert_msg((error == NULL) == (status == CSTN_OK), "%s", one->name);
	cstn_error_free(error);
	return status;
}

START_TEST(a_size_that_no_release_had_is_refused)
{
	const grown *one = &structs[_i];
	uint32_t size;

	for (size = 0; size <= LIMIT + 1; size++) {
		cstn_status wanted =
				size < one->size || size > LIMIT ? CSTN_E_STRUCT_SIZE : CSTN_OK;

		ck_assert_msg(call_with(one, size, 0, 0) == wanted, "%s with struct_size %u",
				one->name, size);
	}
	ck_assert_int_eq(call_with(one, UINT32_MAX, 0, 0), CSTN_E_STRUCT_SIZE);
}
END_TEST

START_TEST(a_field_of_a_newer_header_is_refused_only_when_set)
{
	const grown *one = &structs[_i];
	size_t at;

	for (at = one->size; at < one->size + 64; at++) {
		cstn_status wanted = one->is_output ? CSTN_OK : CSTN_E_STRUCT_TOO_NEW;

		ck_assert_msg(call_with(one, (uint32_t)one->size + 64, at, 0) == wanted,
				"%s with byte %zu", one->name, at);
	}
	ck_assert_int_eq(call_with(one, LIMIT, LIMIT - 1, 0),
			one->is_output ? CSTN_OK : CSTN_E_STRUCT_TOO_NEW);
	/* A byte past the caller's struct is none of ours. */
	ck_assert_int_eq(call_with(one, (uint32_t)one->size, one->size, 0), CSTN_OK);
}
END_TEST

START_TEST(every_unknown_flag_is_refused_and_every_known_one_taken)
{
	const grown *one = &structs[_i];
	int bit;

	for (bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;
		cstn_status wanted = one->known_flags & flag ? CSTN_OK : CSTN_E_INVALID_ARGUMENT;

		ck_assert_msg(call_with(one, (uint32_t)one->size, 0, flag) == wanted,
				"%s with flag %u", one->name, flag);
	}
}
END_TEST

START_TEST(an_output_struct_is_filled_to_the_caller_s_size_and_no_further)
{
	struct {
		cstn_rate rate;
		uint8_t newer[64];
		uint8_t beyond[64];
	} given;
	size_t i;

	memset(&given, 0xa5, sizeof(given));
	given.rate.struct_size = sizeof(cstn_rate) + sizeof(given.newer);
	ck_assert_int_eq(cstn_rate_interval(9, 10, 0, &given.rate, NULL), CSTN_OK);
	ck_assert_int_eq(given.rate.numerator, 9);
	ck_assert_uint_eq(given.rate.struct_size, sizeof(cstn_rate) + sizeof(given.newer));
	for (i = 0; i < sizeof(given.newer); i++) {
		ck_assert_uint_eq(given.newer[i], 0);
		ck_assert_uint_eq(given.beyond[i], 0xa5);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("growth");
	TCase *tcase = tcase_create("structs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_size_that_no_release_had_is_refused, 0, COUNT);
	tcase_add_loop_test(tcase, a_field_of_a_newer_header_is_refused_only_when_set, 0, COUNT);
	tcase_add_loop_test(tcase, every_unknown_flag_is_refused_and_every_known_one_taken, 0,
			WITH_FLAGS);
	tcase_add_test(tcase, an_output_struct_is_filled_to_the_caller_s_size_and_no_further);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
