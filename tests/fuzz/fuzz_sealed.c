/* States and models of customers as bytes: purchases, RFM, customer value, k-means, k-prototypes,
 * stages, cost to serve, loyalty, journeys, retention, contracts. The first byte says which, the
 * second whether length and checksum are put right, so that what lies behind them is read. What is
 * accepted is written to bytes that read back to the same bytes, merges with itself, and gives its
 * tables or an error. */
#include "fuzz.h"

#include "base/hash.h"

#define HEAD 56 /* of the envelope: the length of the body in its last 8 bytes */

typedef cstn_status export_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error);

/* A kind of thing that travels as bytes. */
typedef struct sealed {
	const char *magic;
	cstn_status (*read)(const uint8_t *data, size_t size, void **out, cstn_error **error);
	cstn_status (*write)(void *self, cstn_buffer **out, cstn_error **error);
	cstn_status (*merge)(void *into, void *from, cstn_error **error); /* or NULL */
	export_table *table;                                              /* or NULL */
	void (*ask)(void *self);                                          /* or NULL */
	void (*drop)(void *self);
} sealed;

/* The calls of a type with their pointers as void. */
#define SEALED(type, give_up)                                                                   \
	static cstn_status type##_read(                                                         \
			const uint8_t *data, size_t size, void **out, cstn_error **error)       \
	{                                                                                       \
		cstn_##type *self = NULL;                                                       \
		cstn_status status = cstn_##type##_deserialize(data, size, NULL, &self, error); \
                                                                                                \
		MUST((self != NULL) == (status == CSTN_OK));                                    \
		*out = self;                                                                    \
		return status;                                                                  \
	}                                                                                       \
	static cstn_status type##_write(void *self, cstn_buffer **out, cstn_error **error)      \
	{                                                                                       \
		return cstn_##type##_serialize(self, out, error);                               \
	}                                                                                       \
	static void type##_drop(void *self)                                                     \
	{                                                                                       \
		cstn_##type##_##give_up(self);                                                  \
	}
#define MERGED(type)                                                                \
	static cstn_status type##_merge(void *into, void *from, cstn_error **error) \
	{                                                                           \
		return cstn_##type##_merge(into, from, error);                      \
	}
/* The table of a type, with what its call takes before and after the number. */
#define TABLES(type, ...)                                                                        \
	static cstn_status type##_table(void *self, int32_t table, struct ArrowArrayStream *out, \
			cstn_error **error)                                                      \
	{                                                                                        \
		return cstn_##type##_export(self, __VA_ARGS__ out, error);                       \
	}

SEALED(purchases, free)
MERGED(purchases)
TABLES(purchases, table, 20000, 7 * CSTN_DAY_US, )
SEALED(rfm, unref)
TABLES(rfm, table, )
SEALED(value_state, free)
MERGED(value_state)
SEALED(customer_value, unref)
SEALED(kmeans, unref)
TABLES(kmeans, table, )
SEALED(prototypes, unref)
TABLES(prototypes, table, )
SEALED(stage_summary, free)
MERGED(stage_summary)
TABLES(stage_summary, table, )
SEALED(cost_to_serve, free)
MERGED(cost_to_serve)
TABLES(cost_to_serve, NULL, table, )
SEALED(loyalty, free)
MERGED(loyalty)
SEALED(journeys, free)
MERGED(journeys)
TABLES(journeys, table, NULL, )
SEALED(retention, free)
MERGED(retention)
SEALED(contracts, free)
MERGED(contracts)
TABLES(contracts, table, 20600, 20000, 20400, )

static cstn_status retention_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;

	question.as_of_days = 20600;
	question.base_from_days = 20400;
	question.base_to_days = 20500;
	question.next_from_days = 20500;
	question.next_to_days = 20600;
	question.horizon_days = 30;
	question.ages = 12;
	return cstn_retention_export(self, table, &question, out, error);
}

static cstn_status loyalty_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_status status;

	options.as_of_us = 20000 * CSTN_DAY_US;
	status = cstn_loyalty_finish(self, &options, &verdicts, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_verdicts_export(verdicts, table, out, error);
	cstn_loyalty_verdicts_free(verdicts);
	return status;
}

static void describe(cstn_status status, cstn_buffer *text, cstn_error *error)
{
	fuzz_check_error(status, error);
	MUST((text != NULL) == (status == CSTN_OK));
	cstn_buffer_free(text);
}

static void kmeans_ask(void *self)
{
	cstn_buffer *text = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_kmeans_describe(self, &text, &error);

	describe(status, text, error);
}

static void prototypes_ask(void *self)
{
	cstn_buffer *text = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_prototypes_describe(self, &text, &error);

	describe(status, text, error);
}

static void customer_value_ask(void *self)
{
	static const double times[] = {0.0, 1.0, 52.0};
	double answers[8];
	cstn_buffer *text = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_describe(self, &text, &error);

	describe(status, text, error);
	MUST(cstn_customer_value_name(self) != NULL);
	error = NULL;
	status = cstn_customer_value_expected(self, times, 3, answers, &error);
	fuzz_check_error(status, error);
	error = NULL;
	status = cstn_customer_value_pmf(self, 10.0, 8, answers, &error);
	fuzz_check_error(status, error);
}

static void value_state_ask(void *self)
{
	MUST(cstn_value_state_customers(self) >= 0);
}

static const sealed kinds[] = {
		{"CSTNSTA1", purchases_read, purchases_write, purchases_merge, purchases_table,
				NULL, purchases_drop},
		{"CSTNMDL1", rfm_read, rfm_write, NULL, rfm_table, NULL, rfm_drop},
		{"CSTNSTA1", value_state_read, value_state_write, value_state_merge, NULL,
				value_state_ask, value_state_drop},
		{"CSTNMDL1", customer_value_read, customer_value_write, NULL, NULL,
				customer_value_ask, customer_value_drop},
		{"CSTNMDL1", kmeans_read, kmeans_write, NULL, kmeans_table, kmeans_ask,
				kmeans_drop},
		{"CSTNMDL1", prototypes_read, prototypes_write, NULL, prototypes_table,
				prototypes_ask, prototypes_drop},
		{"CSTNSTA1", stage_summary_read, stage_summary_write, stage_summary_merge,
				stage_summary_table, NULL, stage_summary_drop},
		{"CSTNSTA1", cost_to_serve_read, cost_to_serve_write, cost_to_serve_merge,
				cost_to_serve_table, NULL, cost_to_serve_drop},
		{"CSTNSTA1", loyalty_read, loyalty_write, loyalty_merge, loyalty_table, NULL,
				loyalty_drop},
		{"CSTNSTA1", journeys_read, journeys_write, journeys_merge, journeys_table, NULL,
				journeys_drop},
		{"CSTNSTA1", retention_read, retention_write, retention_merge, retention_table,
				NULL, retention_drop},
		{"CSTNSTA1", contracts_read, contracts_write, contracts_merge, contracts_table,
				NULL, contracts_drop},
};

static void *read_one(const sealed *kind, const uint8_t *data, size_t size)
{
	void *self = NULL;
	cstn_error *error = NULL;
	cstn_status status = kind->read(data, size, &self, &error);

	fuzz_check_error(status, error);
	return self;
}

static cstn_buffer *write_one(const sealed *kind, void *self)
{
	cstn_buffer *bytes = NULL;

	MUST(kind->write(self, &bytes, NULL) == CSTN_OK);
	return bytes;
}

static void ask(const sealed *kind, void *self)
{
	int32_t table;

	if (kind->ask)
		kind->ask(self);
	for (table = 0; kind->table && table <= 9; table++) {
		struct ArrowArrayStream rows;
		cstn_error *error = NULL;
		cstn_status status;

		memset(&rows, 0, sizeof(rows));
		status = kind->table(self, table, &rows, &error);
		fuzz_check_error(status, error);
		MUST((rows.release != NULL) == (status == CSTN_OK));
		if (status == CSTN_OK)
			MUST(fuzz_drain(&rows) >= 0);
	}
}

static void use(const sealed *kind, void *self)
{
	cstn_buffer *first = write_one(kind, self), *second;
	void *again = read_one(kind, cstn_buffer_data(first), cstn_buffer_size(first));

	MUST(again != NULL);
	second = write_one(kind, again);
	MUST(cstn_buffer_size(first) == cstn_buffer_size(second));
	MUST(memcmp(cstn_buffer_data(first), cstn_buffer_data(second), cstn_buffer_size(first)) ==
			0);
	cstn_buffer_free(second);
	cstn_buffer_free(first);
	ask(kind, self);
	if (kind->merge) {
		cstn_error *error = NULL;
		cstn_status status = kind->merge(self, again, &error);

		fuzz_check_error(status, error);
		ask(kind, self);
	}
	kind->drop(again);
}

/* Magic, length, and checksum as the envelope wants them. */
static void mend(const sealed *kind, uint8_t *data, size_t size)
{
	uint64_t value;
	int i;

	if (size < HEAD + 8)
		return;
	memcpy(data, kind->magic, 8);
	value = size - HEAD - 8;
	for (i = 0; i < 8; i++)
		data[HEAD - 8 + i] = (uint8_t)(value >> (8 * i));
	value = cstn__hash64(0, data, size - 8);
	for (i = 0; i < 8; i++)
		data[size - 8 + (size_t)i] = (uint8_t)(value >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	const sealed *kind = &kinds[fuzz_u8(&source) % (sizeof(kinds) / sizeof(*kinds))];
	uint8_t mended = fuzz_u8(&source) & 1;
	uint8_t *copy = malloc(source.size + 1);
	void *self;

	MUST(copy != NULL);
	if (source.size > 0)
		memcpy(copy, source.data, source.size);
	if (mended)
		mend(kind, copy, source.size);
	self = read_one(kind, copy, source.size);
	if (self)
		use(kind, self);
	kind->drop(self);
	free(copy);
	return 0;
}
