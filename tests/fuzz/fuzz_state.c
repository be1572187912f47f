/* Bytes of a perfect-order state. They are given as they are, or with the length and the checksum
 * put right so that what lies behind is read, or as changes to a state made here. What is accepted
 * is written to bytes that read back to the same bytes, merges, finishes and takes more lines. */
#include "fuzz_sealed.h"

#define ROWS 8
#define COLUMNS 6

static const int64_t order_ids[ROWS] = {1, 1, 2, 2, 3, 4, 4, 5};
static const int64_t due[ROWS] = {CSTN_DAY_US, CSTN_DAY_US, 2 * CSTN_DAY_US, 3 * CSTN_DAY_US,
		40 * CSTN_DAY_US, 5, 5, 90 * CSTN_DAY_US};
static const int64_t came[ROWS] = {
		CSTN_DAY_US, 2 * CSTN_DAY_US, CSTN_DAY_US, 1, 39 * CSTN_DAY_US, 6, 4, 1};
static const int64_t quantity[ROWS] = {1, 2, 3, 4, 5, 6, 7, 8};
static const int64_t delivered[ROWS] = {1, 2, 3, 4, 4, 6, 7, 8};
static const int32_t offsets[ROWS + 1] = {0, 1, 2, 4, 6, 6, 9, 10, 11};
static const char texts[] = "abaacabcab-";

/* The rows above as a stream; static memory that one call at a time uses. */
static void make_lines(struct ArrowArrayStream *out)
{
	static const char *const names[COLUMNS] = {
			"order_id", "promised", "delivered", "qty", "qty_delivered", "carrier"};
	static const void *const values[COLUMNS] = {
			order_ids, due, came, quantity, delivered, offsets};
	static struct ArrowSchema schemas[COLUMNS], *schema_pointers[COLUMNS], schema;
	static struct ArrowArray arrays[COLUMNS], *array_pointers[COLUMNS], array;
	static const void *buffers[COLUMNS][3], *none[1];
	int i;

	for (i = 0; i < COLUMNS; i++) {
		buffers[i][1] = values[i];
		buffers[i][2] = texts;
		schemas[i] = (struct ArrowSchema){.format = i == 5             ? "u"
							    : i == 1 || i == 2 ? "tsu:UTC"
									       : "l",
				.name = names[i],
				.release = cstn_arrow_schema_release_borrowed};
		arrays[i] = (struct ArrowArray){.length = ROWS,
				.n_buffers = i == 5 ? 3 : 2,
				.buffers = buffers[i],
				.release = cstn_arrow_array_release_borrowed};
		schema_pointers[i] = &schemas[i];
		array_pointers[i] = &arrays[i];
	}
	schema = (struct ArrowSchema){.format = "+s",
			.n_children = COLUMNS,
			.children = schema_pointers,
			.release = cstn_arrow_schema_release_borrowed};
	array = (struct ArrowArray){.length = ROWS,
			.n_buffers = 1,
			.buffers = none,
			.n_children = COLUMNS,
			.children = array_pointers,
			.release = cstn_arrow_array_release_borrowed};
	memset(out, 0, sizeof(*out));
	MUST(cstn_arrow_stream_from_array(&schema, &array, out) == 0);
}

static void add_lines(cstn_perfect_order *state)
{
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream lines;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	make_lines(&lines);
	options.threads = 1;
	status = cstn_perfect_order_update(state, &lines, &options, &bad, &error);
	fuzz_check_error(status, error);
	cstn_row_errors_free(bad);
}

/* One of a few states that hold open orders, closed ones, dimensions and causes. */
static cstn_perfect_order *base_state(uint8_t which)
{
	static const char *const policies[] = {"", "level=line", "components=T", "weight=quantity"};
	static const char *const by[] = {"carrier", "month(due)"};
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;

	config.clustering = which >> 2 & 3;
	if (config.clustering == 3)
		config.clustering = CSTN_CLUSTERING_NONE;
	config.flags = which & 64 ? CSTN_PERFECT_ORDER_EACH | CSTN_PERFECT_ORDER_ROLLUP : 0;
	MUST(cstn_service_policy_new(policies[which & 3], NULL, &policy, NULL) == CSTN_OK);
	MUST(cstn_perfect_order_new(policy, 50 * CSTN_DAY_US, by, which >> 4 & 3 ? 2 : 0, &config,
			     NULL, &state, NULL) == CSTN_OK);
	add_lines(state);
	cstn_service_policy_unref(policy);
	return state;
}

static void finish(const cstn_perfect_order *state)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result = NULL;
	struct ArrowArrayStream table;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_finish(state, &result, &error);
	int32_t number;

	fuzz_check_error(status, error);
	MUST((result != NULL) == (status == CSTN_OK));
	if (result == NULL)
		return;
	for (number = CSTN_TABLE_RATES; number <= CSTN_TABLE_EXCLUSIONS; number++) {
		memset(&table, 0, sizeof(table));
		error = NULL;
		status = cstn_perfect_order_result_export(result, number, &table, &error);
		fuzz_check_table(status, &table, error);
	}
	memset(&table, 0, sizeof(table));
	error = NULL;
	status = cstn_perfect_order_compare(result, &options, &table, &error);
	fuzz_check_table(status, &table, error);
	cstn_perfect_order_result_unref(result);
}

static void use(cstn_perfect_order *state, uint8_t which)
{
	cstn_perfect_order *again = fuzz_read_back(&sealed_perfect_order, state);
	cstn_perfect_order *base = base_state(which);
	cstn_error *error = NULL;
	cstn_status status;

	finish(state);
	status = cstn_perfect_order_merge(base, state, &error);
	fuzz_check_error(status, error);
	finish(base);
	add_lines(again);
	finish(again);
	cstn_perfect_order_free(again);
	cstn_perfect_order_free(base);
}

/* A good state with some bytes set, some bits flipped, some bytes cut out. */
static uint8_t *changed(fuzz_source source, uint8_t which, size_t *out_size)
{
	cstn_perfect_order *base = base_state(which);
	cstn_buffer *bytes = fuzz_write(&sealed_perfect_order, base);
	size_t size = cstn_buffer_size(bytes);
	uint8_t *data = malloc(size);

	MUST(data != NULL);
	memcpy(data, cstn_buffer_data(bytes), size);
	while (source.size >= 4) {
		size_t at = fuzz_u16(&source) % size;
		uint8_t how = fuzz_u8(&source);
		uint8_t value = fuzz_u8(&source);

		if (how % 4 == 0) {
			data[at] = value;
		} else if (how % 4 == 1) {
			data[at] = (uint8_t)(data[at] ^ (1u << value % 8));
		} else if (how % 4 == 2) {
			data[at] = (uint8_t)(data[at] + (int8_t)value);
		} else if (size > (size_t)SEALED_HEAD + SEALED_TAIL + value) {
			at = at % (size - value);
			memmove(data + at, data + at + value, size - at - value);
			size -= value;
		}
	}
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(base);
	*out_size = size;
	return data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	uint8_t mode = fuzz_u8(&source);
	uint8_t which = fuzz_u8(&source);
	cstn_perfect_order *state;
	size_t copy_size = source.size;
	uint8_t *copy = mode & 2 ? changed(source, which, &copy_size) : fuzz_copy(&source);

	if (mode & 3)
		sealed_mend(sealed_perfect_order.magic, copy, copy_size);
	state = fuzz_read(&sealed_perfect_order, copy, copy_size);
	if (state != NULL)
		use(state, which);
	cstn_perfect_order_free(state);
	free(copy);
	return 0;
}
