#ifndef CSTN_GO_BRIDGE_H
#define CSTN_GO_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/constellation.h>

/* The C side of the Go binding. Each function here makes one call of the library and brings home,
 * in the same crossing, the status, the message and the rows that were left out. Nothing here
 * computes: it lays out arguments that Go cannot lay out itself, and copies results into plain
 * memory.
 *
 * Pointers from Go are read during the call only, but for bytes that are copied. Lists of text come
 * as one block: NUL-terminated, one after the other. */

/* Most messages fit; a longer one is put on the heap, so that nothing is cut. */
#define CSTN_GO_MESSAGE 192

/* One row left out; its texts follow one another in cstn_go_rows.text: column, value, message,
 * key. */
typedef struct cstn_go_row {
	uint64_t row;
	int32_t field;
	int32_t code;
	uint32_t column_size;
	uint32_t message_size;
	int64_t value_size; /* -1: there is no value */
	int64_t key_size;   /* of what the row is of; 0: not known */
} cstn_go_row;

typedef struct cstn_go_rows {
	uint64_t total;
	size_t count;
	cstn_go_row *rows;
	const char *text;
} cstn_go_rows;

/* What a crossing brings home. Begin with zeroes. `text` and `rows` are NULL or for free(). */
typedef struct cstn_go_outcome {
	cstn_status status;
	uint32_t message_size;
	char *text; /* the message when it is longer than `message` */
	cstn_go_rows *rows;
	char message[CSTN_GO_MESSAGE];
} cstn_go_outcome;

/* The n texts of a block as a list for free(); NULL if out of memory. */
const char **cstn_go_list_texts(const char *block, size_t n);
/* Fill an outcome; frees `error` and `rows`. */
void cstn_go_finish(
		cstn_go_outcome *o, cstn_status status, cstn_error *error, cstn_row_errors *rows);
/* Fill an outcome with a status and a text of our own. */
void cstn_go_say(cstn_go_outcome *o, cstn_status status, const char *text);
/* Copies of rows that stay where they are; NULL is none. */
void cstn_go_read_rows(const cstn_row_errors *rows, cstn_go_outcome *o);
/* Fill an outcome with what a stream says of its failure. */
void cstn_go_say_stream(cstn_go_outcome *o, struct ArrowArrayStream *stream, int code);

/* --- memory with a limit and a count ------------------------------------------------------------
 */

typedef struct cstn_go_memory cstn_go_memory;

cstn_go_memory *cstn_go_memory_new(int64_t limit);
const cstn_allocator *cstn_go_memory_allocator(const cstn_go_memory *memory);
void cstn_go_memory_read(
		const cstn_go_memory *memory, int64_t *live, int64_t *blocks, int64_t *peak);
/* The struct goes when the last block made through it is gone. */
void cstn_go_memory_unref(cstn_go_memory *memory);

/* --- policies, schemas, zones, calendars --------------------------------------------------------
 */

typedef struct cstn_go_policy_info {
	cstn_service_policy *policy;
	const char *text;
	size_t text_size;
	uint8_t digest[CSTN_DIGEST_SIZE];
} cstn_go_policy_info;

void cstn_go_policy_new(const char *changes, const cstn_allocator *allocator,
		cstn_go_policy_info *out, cstn_go_outcome *o);
void cstn_go_policy_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_go_policy_info *out, cstn_go_outcome *o);
void cstn_go_policy_borrowed(const cstn_perfect_order_result *result, cstn_go_policy_info *out);
void cstn_go_policy_get(const cstn_service_policy *policy, const char *key, const char **out,
		cstn_go_outcome *o);
void cstn_go_builder_new(const cstn_allocator *allocator, cstn_service_policy_builder **out,
		cstn_go_outcome *o);
void cstn_go_builder_set(cstn_service_policy_builder *builder, const char *key, const char *value,
		cstn_go_outcome *o);
void cstn_go_builder_build(const cstn_service_policy_builder *builder, cstn_go_policy_info *out,
		cstn_go_outcome *o);

void cstn_go_schema_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_schema **out, cstn_go_outcome *o);
void cstn_go_schema_format(const cstn_schema *schema, cstn_buffer **out, cstn_go_outcome *o);

void cstn_go_zone_fixed(int32_t seconds, const cstn_allocator *allocator, cstn_zone **out,
		uint8_t *digest, cstn_go_outcome *o);
void cstn_go_zone_parse(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_zone **out, uint8_t *digest, cstn_go_outcome *o);
void cstn_go_zone_from_wall(
		const cstn_zone *zone, int64_t wall_us, int64_t *out, cstn_go_outcome *o);
void cstn_go_calendar_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_calendar **out, uint8_t *digest, cstn_go_outcome *o);

void cstn_go_days_from_civil(
		int32_t year, int32_t month, int32_t day, int32_t *out, cstn_go_outcome *o);
void cstn_go_time_parse(const char *text, size_t size, const char *form, int32_t zone_seconds,
		int64_t *out, cstn_go_outcome *o);
void cstn_go_decimal_parse(const char *text, size_t size, int32_t scale, uint8_t decimal_mark,
		uint8_t thousands_mark, int64_t *out, cstn_go_outcome *o);
void cstn_go_decimal_rescale(
		int64_t value, int32_t from, int32_t to, int64_t *out, cstn_go_outcome *o);
void cstn_go_decimal_multiply(
		int64_t a, int64_t b, int32_t drop_scale, int64_t *out, cstn_go_outcome *o);
void cstn_go_currency_scale(const char *code, int32_t *out, cstn_go_outcome *o);

void cstn_go_progress_new(const cstn_allocator *allocator, cstn_progress **out, cstn_go_outcome *o);

/* --- rates --------------------------------------------------------------------------------------
 */

void cstn_go_rate_interval(int64_t numerator, int64_t denominator, int32_t confidence_ppm,
		cstn_rate *out, cstn_go_outcome *o);
void cstn_go_rate_difference(int64_t numerator_a, int64_t denominator_a, int64_t numerator_b,
		int64_t denominator_b, int32_t confidence_ppm, cstn_rate *out, cstn_go_outcome *o);
void cstn_go_quantile(const double *values, size_t n, int32_t probability_ppm, int32_t type,
		double *out, cstn_go_outcome *o);
void cstn_go_value_tiles(const int64_t *values, const int64_t *ids, size_t n, int32_t tiles,
		int32_t *out, cstn_go_outcome *o);

/* --- columns ------------------------------------------------------------------------------------
 */

/* Beside CSTN_TYPE_...: int32 codes into a list of texts. */
#define CSTN_GO_CODED 100

/* Which value stands for null, beside `valid`. */
#define CSTN_GO_NULL_NONE 0
#define CSTN_GO_NULL_LOWEST 1 /* INT64_MIN, INT32_MIN: no time, no quantity, no offset */
#define CSTN_GO_NULL_ZERO 2   /* code 0 */

typedef struct cstn_go_column {
	const char *name;
	const void *values;       /* numbers; flags: one byte each; text: bytes; coded: int32 */
	const void *offsets;      /* text and bytes: rows + 1 int32, or int64 when `wide` */
	const uint8_t *valid;     /* NULL, or a byte a row: 0 is null */
	const char *words;        /* coded: the texts, one after the other */
	const int32_t *word_ends; /* coded: n_words + 1 offsets into `words` */
	int64_t values_size;      /* text and bytes: how many bytes `values` has */
	int64_t n_words;
	int32_t type;
	int32_t scale;
	int32_t wide;
	int32_t null_rule;
} cstn_go_column;

/* Columns as a stream of one batch. Without `copy` the buffers are Go's, and the stream must be
 * released before the call returns. */
cstn_status cstn_go_columns_stream(const cstn_go_column *columns, size_t n, int64_t rows,
		int32_t copy, struct ArrowArrayStream *out, cstn_go_outcome *o);

/* A stream on the heap with its own copy of the columns. */
void cstn_go_stream_of_columns(const cstn_go_column *columns, size_t n, int64_t rows,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

#include "bridge_object.h"

/* --- streams ------------------------------------------------------------------------------------
 */

/* What must live as long as a stream, and may be asked for after it. */
typedef struct cstn_go_keep cstn_go_keep;

cstn_progress *cstn_go_keep_progress(const cstn_go_keep *keep);
cstn_go_keep *cstn_go_keep_ref(cstn_go_keep *keep);
void cstn_go_keep_unref(cstn_go_keep *keep);
/* Copies of the rows that were left out so far, in `o->rows`. */
void cstn_go_keep_read_rows(const cstn_go_keep *keep, cstn_go_outcome *o);

void cstn_go_stream_schema(
		struct ArrowArrayStream *stream, struct ArrowSchema **out, cstn_go_outcome *o);
/* Release the batch in `array` and get the next; CSTN_DONE at the end. */
void cstn_go_stream_next(
		struct ArrowArrayStream *stream, struct ArrowArray *array, cstn_go_outcome *o);
void cstn_go_array_release(struct ArrowArray *array);

void cstn_go_binding_check(const cstn_go_binding *binding, cstn_go_outcome *o);
void cstn_go_stream_bind(struct ArrowArrayStream *in, cstn_schema *schema,
		const cstn_go_binding *binding, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_keep **keep, cstn_go_outcome *o);

/* --- CSV ----------------------------------------------------------------------------------------
 */

void cstn_go_csv_open(const char *path, const uint8_t *data, size_t size, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_csv_reader **out, cstn_go_keep **keep, cstn_go_outcome *o);
void cstn_go_csv_export(cstn_csv_reader *reader, cstn_go_keep *keep, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
void cstn_go_csv_rejects(const cstn_csv_reader *reader, cstn_go_outcome *o);
void cstn_go_csv_export_rejects(
		const cstn_csv_reader *reader, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_csv_infer(const char *path, int64_t sample_rows, const cstn_csv_options *options,
		const cstn_allocator *allocator, cstn_schema **schema,
		struct ArrowArrayStream **evidence, cstn_go_outcome *o);
void cstn_go_csv_write_file(struct ArrowArrayStream *rows, const char *path,
		const cstn_csv_options *options, cstn_progress *progress,
		const cstn_allocator *allocator, uint64_t *out_rows, cstn_go_outcome *o);
void cstn_go_csv_write_bytes(struct ArrowArrayStream *rows, const cstn_csv_options *options,
		cstn_progress *progress, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_go_outcome *o);

/* --- customer value -----------------------------------------------------------------------------
 */

typedef struct cstn_go_value_predict {
	uint32_t flags;
	int32_t threads;
	int32_t time_in;
	int32_t table; /* 0: predict, else CSTN_HOLDOUT_... */
	double holdout;
	size_t n_horizons, n_actual;
	double residual_rate;
	int32_t periods;
	int32_t timing;
	double period;
	double discount;
	double margin_rate;
	double cost_per_order;
	int32_t money_scale;
} cstn_go_value_predict;

void cstn_go_value_state_new(const char *model, const cstn_value_config *config,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_go_outcome *o);
void cstn_go_customer_value_fit(cstn_value_state *state, int32_t threads, int32_t max_iterations,
		int32_t k, double penalty, const double *start, size_t n_start,
		cstn_customer_value **out, cstn_go_outcome *o);
void cstn_go_customer_value_from_parameters(const char *model, const double *parameters, size_t n,
		int64_t unit_us, const cstn_allocator *allocator, cstn_customer_value **out,
		cstn_go_outcome *o);
void cstn_go_customer_value_score(const cstn_customer_value *model, cstn_value_state *state,
		double *out, cstn_go_outcome *o);
void cstn_go_customer_value_predict(const cstn_customer_value *model,
		const cstn_go_value_predict *from, const double *horizons, const int64_t *actual,
		const cstn_customer_value *spend, const cstn_go_input *customers,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_customer_value_expected(const cstn_customer_value *model, const double *t, size_t n,
		double *out, cstn_go_outcome *o);
void cstn_go_customer_value_pmf(const cstn_customer_value *model, double t, size_t n, double *out,
		cstn_go_outcome *o);

extern const cstn_go_kind cstn_go_value_state;
extern const cstn_go_kind cstn_go_customer_value;

/* --- retention -----------------------------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_retention;
extern const cstn_go_kind cstn_go_contracts;
extern const cstn_go_kind cstn_go_value_added;
void cstn_go_retention_new(const cstn_retention_config *config, const cstn_allocator *allocator,
		cstn_retention **out, cstn_go_outcome *o);
void cstn_go_retention_export(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
void cstn_go_contracts_new(
		const cstn_allocator *allocator, cstn_contracts **out, cstn_go_outcome *o);
void cstn_go_contracts_export(const cstn_contracts *state, int32_t table, int32_t as_of_days,
		int32_t from_days, int32_t to_days, struct ArrowArrayStream **out,
		cstn_go_outcome *o);

/* --- purchases and RFM --------------------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_purchases;
extern const cstn_go_kind cstn_go_rfm;
void cstn_go_purchases_new(const cstn_purchases_config *config, const cstn_allocator *allocator,
		cstn_purchases **out, cstn_go_outcome *o);
void cstn_go_purchases_export(const cstn_purchases *state, int32_t table, int32_t as_of_days,
		int64_t unit_us, struct ArrowArrayStream **out, cstn_go_outcome *o);
extern const cstn_go_kind cstn_go_demand_model;
/* `texts` has a name, a group and a partner of each signal, "" for none; the lists of `given` lie
 * apart. */
void cstn_go_signal_value(const cstn_go_input *rows, const cstn_go_input *signals,
		const cstn_signal *declared, size_t n, const char *texts,
		const cstn_signal_value_options *given, const int32_t *horizons,
		const int32_t *means, const int32_t *positions, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
/* `call_number` 0 compares, 1 resolves, 2 is the ledger. */
void cstn_go_plan_cells(int32_t call_number, const cstn_go_input *cells,
		const cstn_plan_options *given, const int64_t *reasons,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_plan_order(const cstn_go_input *rows, const cstn_plan_order_options *given,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o);
/* Blocks of as many names as `given` says; NULL: none. */
void cstn_go_reconcile(const cstn_go_input *nodes, const cstn_go_input *base,
		const cstn_reconcile_options *given, const char *values, const char *quantiles,
		const char *levels, const char *total, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_rfm_fit(const cstn_go_input *customers, const cstn_rfm_options *given,
		const char *rules, const cstn_allocator *allocator, cstn_rfm **out,
		cstn_go_outcome *o);
/* `drift` 0 predicts. A result comes also with bad rows. */
void cstn_go_rfm_score(const cstn_rfm *model, int32_t drift, const cstn_go_input *customers,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

/* --- perfect order ------------------------------------------------------------------------------
 */

/* What a policy needs beside its text, flat. */
typedef struct cstn_go_policy_data {
	cstn_zone *zone;
	cstn_calendar *calendar;
	const char *names;
	cstn_zone *const *zones;
	size_t n_zones;
} cstn_go_policy_data;
/* Fills `out` and gives back what to free(), or NULL when there is no memory. */
const char **cstn_go_lay_out_data(const cstn_go_policy_data *from, cstn_policy_data *out);

typedef struct cstn_go_state_config {
	int64_t as_of_us;
	int64_t from_us;
	int64_t to_us;
	const char *by;
	size_t n_by;
	uint32_t flags;
	int32_t clustering;
} cstn_go_state_config;

extern const cstn_go_kind cstn_go_perfect_order;
void cstn_go_perfect_order_new(const cstn_service_policy *policy,
		const cstn_go_state_config *config, const cstn_go_policy_data *data,
		const cstn_allocator *allocator, cstn_perfect_order **out, cstn_go_outcome *o);
void cstn_go_perfect_order_deserialize(const uint8_t *data, size_t size,
		const cstn_go_policy_data *policy_data, const cstn_allocator *allocator,
		cstn_perfect_order **out, cstn_go_outcome *o);
void cstn_go_perfect_order_finish(const cstn_perfect_order *state, cstn_perfect_order_result **out,
		cstn_go_outcome *o);
void cstn_go_perfect_order_rate(const cstn_go_input *lines, const cstn_service_policy *policy,
		const cstn_go_state_config *config, const cstn_go_policy_data *data,
		const cstn_go_update_options *options, const cstn_allocator *allocator,
		cstn_perfect_order_result **out, cstn_go_outcome *o);

typedef struct cstn_go_group {
	cstn_rate rate;
	cstn_rate component[4];
	int64_t patterns[16];
	int64_t excluded[CSTN_REASON_COUNT]; /* [0]: for any reason */
	int64_t pending;
	int64_t provisional;
	const char *keys[4];
} cstn_go_group;

void cstn_go_result_group(const cstn_perfect_order_result *result, size_t group, size_t n_keys,
		cstn_go_group *out, cstn_go_outcome *o);
void cstn_go_result_rate(const cstn_perfect_order_result *result, size_t group, cstn_rate *out,
		cstn_go_outcome *o);
void cstn_go_result_component(const cstn_perfect_order_result *result, size_t group,
		uint32_t component, cstn_rate *out, cstn_go_outcome *o);
void cstn_go_result_lever(const cstn_perfect_order_result *result, size_t group,
		uint32_t components, cstn_rate *out, cstn_go_outcome *o);
extern const cstn_go_kind cstn_go_result;
void cstn_go_result_compare(const cstn_perfect_order_result *result, int32_t order,
		int64_t min_units, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_result_standardise(const cstn_perfect_order_result *result, size_t group,
		size_t stratum, int32_t min_cover_ppm, int64_t min_units,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

/* A verdict in plain memory. The texts lie one after the other, cause T, F, D, C, then the
 * explanation: in `buffer` when they fit, else in `text`, which is for free(). */
typedef struct cstn_go_verdict {
	int32_t outcome;
	uint32_t pattern;
	int32_t reason;
	int32_t provisional;
	int32_t owner[4];
	size_t size[5];
	char *text;
	char buffer[1024];
} cstn_go_verdict;

/* `lines` has n structs, one after the other. `level` 0: the line alone; 1: the order. */
void cstn_go_judge(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_go_policy_data *data, const cstn_order_line *lines, size_t n,
		int32_t level, cstn_go_verdict *out, cstn_go_outcome *o);

/* --- journeys -----------------------------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_journey_definition;
extern const cstn_go_kind cstn_go_journeys;
void cstn_go_journey_definition_parse(const char *text, size_t size,
		const cstn_allocator *allocator, cstn_journey_definition **out, cstn_go_outcome *o);
void cstn_go_journeys_new(cstn_journey_definition *definition, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_journeys **out, cstn_go_outcome *o);
void cstn_go_journeys_settle(
		cstn_journeys *state, int32_t threads, cstn_progress *progress, cstn_go_outcome *o);
void cstn_go_journeys_export(cstn_journeys *state, int32_t table, int32_t threads,
		int32_t confidence_ppm, struct ArrowArrayStream **out, cstn_go_outcome *o);

/* --- the feedback loop --------------------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_interactions;
void cstn_go_interactions_new(
		const cstn_allocator *allocator, cstn_interactions **out, cstn_go_outcome *o);
void cstn_go_feedback_table(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, struct ArrowArrayStream **out,
		cstn_go_outcome *o);

/* --- records, networks, events as JSON ----------------------------------------------------------
 *
 * A key, a list of columns or of ids is one block of texts, one after the other. A nullable text is
 * NULL. */

void cstn_go_record_builder_new(const char *noun, const cstn_allocator *allocator,
		cstn_record_builder **out, cstn_go_outcome *o);
void cstn_go_record_builder_add_line(cstn_record_builder *builder, cstn_go_outcome *o);
void cstn_go_record_builder_set_text(cstn_record_builder *builder, const char *field,
		const char *text, size_t size, cstn_go_outcome *o);
void cstn_go_record_builder_set_int(
		cstn_record_builder *builder, const char *field, int64_t value, cstn_go_outcome *o);
void cstn_go_record_builder_set_double(
		cstn_record_builder *builder, const char *field, double value, cstn_go_outcome *o);
void cstn_go_record_builder_set_null(
		cstn_record_builder *builder, const char *field, cstn_go_outcome *o);
void cstn_go_record_builder_build(
		const cstn_record_builder *builder, cstn_record **out, cstn_go_outcome *o);
void cstn_go_record_format(const cstn_record *record, cstn_buffer **out, cstn_go_outcome *o);

typedef struct cstn_go_network_options {
	uint32_t flags;
	int32_t commit_level;
	uint32_t keep_generations;
	uint32_t reserved0;
	int64_t group_us;
	uint64_t cache_bytes;
	uint64_t checkpoint_bytes;
	uint64_t checkpoint_rows;
} cstn_go_network_options;

void cstn_go_network_open(const char *path, const cstn_go_network_options *options,
		const cstn_allocator *allocator, cstn_network **out, cstn_go_outcome *o);
void cstn_go_network_close(cstn_network *network, cstn_go_outcome *o);
void cstn_go_network_sync(cstn_network *network, cstn_go_outcome *o);
void cstn_go_network_checkpoint(cstn_network *network, cstn_go_outcome *o);
void cstn_go_network_maintain(cstn_network *network, const char *noun, int64_t history_from_us,
		uint64_t max_bytes, cstn_progress *progress, cstn_go_outcome *o);
void cstn_go_network_info(cstn_network *network, cstn_network_info *out, cstn_go_outcome *o);
void cstn_go_network_put(cstn_network *network, const cstn_record *record, uint64_t *seq,
		cstn_go_outcome *o);
void cstn_go_network_snapshot(cstn_network *network, cstn_snapshot **out, cstn_go_outcome *o);
void cstn_go_network_dual_pairs(cstn_network *network, int64_t now_us,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_network_changes(cstn_network *network, uint64_t since_seq,
		struct ArrowArrayStream **out, uint64_t *last_seq, cstn_go_outcome *o);

typedef struct cstn_go_import_options {
	uint32_t flags;
	int32_t threads;
	int64_t recorded_us;
	cstn_progress *progress;
} cstn_go_import_options;

/* Into `transaction`, or into `network` in a transaction of its own when that is NULL. */
void cstn_go_import(cstn_network *network, cstn_transaction *transaction, const char *noun,
		const cstn_go_input *rows, const cstn_go_import_options *options,
		cstn_go_outcome *o);

void cstn_go_transaction_begin(cstn_network *network, cstn_transaction **out, cstn_go_outcome *o);
void cstn_go_transaction_put(
		cstn_transaction *transaction, const cstn_record *record, cstn_go_outcome *o);
void cstn_go_transaction_delete(cstn_transaction *transaction, const char *noun, const char *key,
		size_t n_key, int64_t recorded_us, cstn_go_outcome *o);
void cstn_go_transaction_require(cstn_transaction *transaction, const char *noun, const char *key,
		size_t n_key, uint64_t seq, cstn_go_outcome *o);
void cstn_go_transaction_commit(cstn_transaction *transaction, uint64_t *seq, cstn_go_outcome *o);

void cstn_go_snapshot_get(cstn_snapshot *snapshot, const char *noun, const char *key, size_t n_key,
		int64_t as_of_us, cstn_record **out, cstn_go_outcome *o);

typedef struct cstn_go_scan_options {
	const char *columns; /* NULL: all */
	const char *ids;     /* NULL: all */
	const char *range_field;
	const char *partner;
	const char *where_field;
	const char *where_text;
	size_t n_columns;
	size_t n_ids;
	int64_t from_us;
	int64_t until_us;
	int64_t as_of_us;
	uint64_t since_seq;
	uint32_t flags;
	uint32_t reserved0;
} cstn_go_scan_options;

void cstn_go_snapshot_scan(cstn_snapshot *snapshot, const char *noun,
		const cstn_go_scan_options *options, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
/* The same of orders, with their verdicts. */
void cstn_go_snapshot_order_verdicts(cstn_snapshot *snapshot, const cstn_service_policy *policy,
		int64_t as_of_us, uint32_t verdicts, uint32_t components,
		const cstn_go_policy_data *data, const cstn_go_scan_options *options,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_network_keep_order_verdicts(cstn_network *network, const cstn_service_policy *policy,
		int64_t as_of_us, uint32_t most_policies, const cstn_go_policy_data *data,
		cstn_progress *progress, cstn_keep_verdicts_counts *counts, cstn_go_outcome *o);
void cstn_go_snapshot_changes(cstn_snapshot *snapshot, uint64_t since_seq,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_snapshot_relation(cstn_snapshot *snapshot, const char *a, const char *b,
		const char *constellation, int64_t now_us, int32_t *out, cstn_go_outcome *o);
void cstn_go_snapshot_events(cstn_snapshot *snapshot, int64_t as_of_us, int64_t conflict_us,
		const char *precedence, size_t n_precedence, const char *subject,
		struct ArrowArrayStream **out, struct ArrowArrayStream **conflicts,
		cstn_event_counts *counts, cstn_go_outcome *o);

void cstn_go_network_verify(const char *path, uint32_t flags, cstn_progress *progress,
		cstn_buffer **report, cstn_go_outcome *o);
void cstn_go_network_dump(const char *file, cstn_buffer **text, cstn_go_outcome *o);
void cstn_go_network_backup(cstn_network *network, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_go_outcome *o);
void cstn_go_network_salvage(const char *from, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_buffer **report, cstn_go_outcome *o);

typedef struct cstn_go_event_options {
	uint32_t flags;
	int32_t max_depth;
	const char *source_partner;
	const char *id_prefix;
	int64_t recorded_us;
	int64_t max_bytes;
} cstn_go_event_options;

/* --- relationship stages ------------------------------------------------------------------------
 */

typedef struct cstn_go_stage_policy_info {
	cstn_stage_policy *policy;
	const char *text;
	size_t text_size;
	uint8_t digest[CSTN_STAGE_DIGEST_SIZE];
} cstn_go_stage_policy_info;

extern const cstn_go_kind cstn_go_stage_policy;
extern const cstn_go_kind cstn_go_stage_history;
extern const cstn_go_kind cstn_go_stage_summary;
/* `text` NULL: the built-in policy. */
void cstn_go_stage_policy_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_go_stage_policy_info *out, cstn_go_outcome *o);
void cstn_go_stage_replay(cstn_stage_policy *policy, const cstn_go_input *events, int64_t as_of_us,
		int64_t known_us, int32_t period_days, const cstn_go_update_options *options,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_go_outcome *o);
extern const cstn_go_kind cstn_go_stage_state;
void cstn_go_stage_state_new(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_go_outcome *o);
void cstn_go_stage_state_settle(cstn_stage_state *state, int64_t before_us, cstn_go_outcome *o);
void cstn_go_stage_state_finish(cstn_stage_state *state, int64_t as_of_us, int32_t period_days,
		int32_t threads, cstn_progress *progress, cstn_stage_history **out,
		cstn_go_outcome *o);
void cstn_go_stage_history_summary(
		const cstn_stage_history *history, cstn_stage_summary **out, cstn_go_outcome *o);
/* `*found` 0: before its first event. */
void cstn_go_customer_stage_at(const cstn_stage_history *history, const char *customer, size_t len,
		int64_t at_us, int32_t *stage, int64_t *since_us, int32_t *found,
		cstn_go_outcome *o);
void cstn_go_stage_summary_value(const cstn_stage_summary *summary, const double *margins,
		double discount, double *values, int32_t *known, cstn_go_outcome *o);

extern const cstn_go_kind cstn_go_loyalty;
extern const cstn_go_kind cstn_go_loyalty_verdicts;
/* The kind of rows of an update of a cstn_go_loyalty, in its flags. */
#define CSTN_GO_LOYALTY_KIND 24
/* `currency` NULL: none. */
void cstn_go_loyalty_new(const char *currency, const cstn_allocator *allocator, cstn_loyalty **out,
		cstn_go_outcome *o);
void cstn_go_loyalty_finish(cstn_loyalty *state, const cstn_loyalty_options *options,
		cstn_progress *progress, cstn_loyalty_verdicts **out, cstn_go_outcome *o);
void cstn_go_loyalty_verdicts_flows(const cstn_loyalty_verdicts *before,
		const cstn_loyalty_verdicts *after, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
void cstn_go_verdict_explain(const cstn_loyalty_verdicts *verdicts, const char *customer,
		size_t len, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *mean, double *high,
		cstn_go_outcome *o);
void cstn_go_loyalty_share(int64_t yes, int64_t no, int64_t unknown, int32_t confidence_ppm,
		double *lower, double *upper, cstn_rate *known, cstn_go_outcome *o);
void cstn_go_loyalty_post_stratified(const int64_t *yes, const int64_t *no, const int64_t *unknown,
		size_t n, double *out, int32_t *known, cstn_go_outcome *o);
void cstn_go_net_promoter(const int64_t *answers, int32_t confidence_ppm, cstn_rate *out,
		double *variance, double *standard_error, cstn_go_outcome *o);

#define CSTN_GO_EPCIS 0
#define CSTN_GO_DCSA 1
/* `*out` stays NULL when there is no stream, or no document. The report of what was left out, with
 * or without a failure, is in `o->rows`. */
void cstn_go_events_read(int32_t format, const uint8_t *json, size_t size,
		const cstn_go_event_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_events_write(int32_t format, struct ArrowArrayStream *events,
		const cstn_go_event_options *options, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_go_outcome *o);

/* --- cost to serve, service plans ---------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_cost_to_serve;
extern const cstn_go_kind cstn_go_service_plan;
void cstn_go_cost_to_serve_new(const char *currency, const cstn_allocator *allocator,
		cstn_cost_to_serve **out, cstn_go_outcome *o);
void cstn_go_cost_to_serve_export(const cstn_cost_to_serve *state, const cstn_cost_rate *rates,
		size_t n_rates, const cstn_fixed_cost *fixed, size_t n_fixed, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

void cstn_go_service_plan_builder_new(const cstn_service_plan_options *options,
		const cstn_allocator *allocator, cstn_service_plan_builder **out,
		cstn_go_outcome *o);
void cstn_go_service_plan_builder_add(cstn_service_plan_builder *builder, int32_t table,
		const cstn_go_input *rows, cstn_go_outcome *o);
void cstn_go_service_plan_builder_build(const cstn_service_plan_builder *builder,
		cstn_service_plan **out, cstn_go_outcome *o);
void cstn_go_service_plan_at(const cstn_service_plan *plan, size_t index,
		cstn_service_plan_row *out, cstn_go_outcome *o);
void cstn_go_segment_moves(const cstn_go_input *distances, int32_t margin_ppm,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_segment_compare(const cstn_go_input *before, const cstn_go_input *after,
		const cstn_allocator *allocator, cstn_segment_comparison *told,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

/* --- k-means ------------------------------------------------------------------------------------
 */

typedef struct cstn_go_kmeans_options {
	uint32_t flags;
	int32_t threads, n_init, max_iter, algorithm, order, order_column;
	int32_t k, k_max; /* k_max > 0: choose */
	int32_t segments_least, segments_most, samples;
	uint64_t seed;
	double tol;
	size_t n_features;
} cstn_go_kmeans_options;

extern const cstn_go_kind cstn_go_kmeans;
extern const cstn_go_kind cstn_go_kmeans_pass;
void cstn_go_kmeans_pass_new(cstn_kmeans *model, const cstn_allocator *allocator,
		cstn_kmeans_pass **out, cstn_go_outcome *o);
void cstn_go_kmeans_pass_finish(
		const cstn_kmeans_pass *pass, cstn_kmeans **out, cstn_go_outcome *o);
/* Fit into `*model`, or choose into `*table`. Slices and texts are NULL or Go's. */
void cstn_go_kmeans_fit(const cstn_go_input *rows, const cstn_go_kmeans_options *from,
		const char *features, const uint32_t *transforms, const double *centres,
		const char *weight, const char *margin, const cstn_allocator *allocator,
		cstn_kmeans **model, struct ArrowArrayStream **table, cstn_go_outcome *o);
/* What both sides call the same; slices are NULL or Go's. */
void cstn_go_kmeans_asked(const cstn_go_kmeans_options *from, const uint32_t *transforms,
		const double *centres, const char *weight, cstn_kmeans_options *out);
extern const cstn_go_kind cstn_go_kmeans_cells;
void cstn_go_kmeans_cells_new(const cstn_kmeans *model, int32_t max_cells, int32_t coarser,
		int32_t headroom, const cstn_allocator *allocator, cstn_kmeans_cells **out,
		cstn_go_outcome *o);
void cstn_go_kmeans_cells_fit(const cstn_kmeans_cells *cells, const cstn_go_kmeans_options *from,
		const double *centres, cstn_kmeans **out, cstn_go_outcome *o);
void cstn_go_kmeans_cells_bounds(const cstn_kmeans_cells *cells, const cstn_kmeans *model,
		double bounds[2], cstn_go_outcome *o);
/* Predict into `*table`, or score into `*score` when it is not NULL. */
void cstn_go_kmeans_predict(const cstn_kmeans *model, const cstn_go_input *rows, uint32_t flags,
		int32_t threads, struct ArrowArrayStream **table, double *score,
		cstn_go_outcome *o);

/* --- k-prototypes -------------------------------------------------------------------------------
 */

extern const cstn_go_kind cstn_go_prototypes;
/* Names of the numeric columns, then of the categorical ones. Slices are NULL or Go's. */
void cstn_go_prototypes_fit(const cstn_go_input *rows, const cstn_prototypes_options *from,
		const char *names, size_t n_numeric, size_t n_categorical, int32_t k,
		const uint32_t *transforms, const int64_t *start_rows,
		const cstn_allocator *allocator, cstn_prototypes **out, cstn_go_outcome *o);
/* Predict into `*table`, or score into `*score` when it is not NULL. */
void cstn_go_prototypes_predict(const cstn_prototypes *model, const cstn_go_input *rows,
		const cstn_prototypes_options *from, struct ArrowArrayStream **table, double *score,
		cstn_go_outcome *o);

#include "bridge_agreement.h"
#include "bridge_constraint.h"
#include "bridge_data_value.h"
#include "bridge_decision.h"
#include "bridge_forecast.h"
#include "bridge_global.h"
#include "bridge_event_proof.h"
#include "bridge_ledger.h"
#include "bridge_odrl.h"
#include "bridge_privacy.h"
#include "bridge_shared_log.h"
#include "bridge_release.h"
#include "bridge_sharing.h"
#include "bridge_term.h"
#include "bridge_vault.h"

#endif
