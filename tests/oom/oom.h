#ifndef TESTS_OOM_H
#define TESTS_OOM_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

#include "../unit/csv_rows.h"
#include "../unit/failing_allocator.h"
#include "../unit/sealed_bytes.h"

/* One run of a case: what is made before oom_arm() succeeds, then allocation number `n` fails (and,
 * with `fail_on`, all after it). The case returns the status of the call under test; when that is
 * CSTN_E_NOMEM it has checked that the outputs are as they were. It frees all it made: the driver
 * counts what lives. */
typedef struct oom {
	failing_allocator memory;
	const cstn_allocator *allocator;
	uint64_t n;
	int32_t which; /* of the case */
} oom;

typedef struct oom_case {
	const char *functions; /* the public functions that this case makes fail, parted by spaces
				*/
	cstn_status (*run)(oom *o);
	/* Set where a call may give less instead of failing: fewer threads, no message. */
	int may_degrade;
	int32_t which; /* of several tables, forms or inputs that one function is run with */
} oom_case;

extern const oom_case oom_cases_base[];
extern const size_t oom_count_base;
extern const oom_case oom_cases_table[];
extern const size_t oom_count_table;
extern const oom_case oom_cases_stream[];
extern const size_t oom_count_stream;
extern const oom_case oom_cases_fulfilment[];
extern const size_t oom_count_fulfilment;
extern const oom_case oom_cases_evaluate[];
extern const size_t oom_count_evaluate;
extern const oom_case oom_cases_demand[];
extern const size_t oom_count_demand;
extern const oom_case oom_cases_online[];
extern const size_t oom_count_online;
extern const oom_case oom_cases_forecast[];
extern const size_t oom_count_forecast;
extern const oom_case oom_cases_global[];
extern const size_t oom_count_global;
extern const oom_case oom_cases_partner[];
extern const size_t oom_count_partner;
extern const oom_case oom_cases_reconcile[];
extern const size_t oom_count_reconcile;
extern const oom_case oom_cases_psi[];
extern const size_t oom_count_psi;
extern const oom_case oom_cases_vault[];
extern const size_t oom_count_vault;
extern const oom_case oom_cases_constraint[];
extern const size_t oom_count_constraint;
extern const oom_case oom_cases_ledger[];
extern const size_t oom_count_ledger;
extern const oom_case oom_cases_privacy[];
extern const size_t oom_count_privacy;
extern const oom_case oom_cases_release[];
extern const size_t oom_count_release;
extern const oom_case oom_cases_shared_log[];
extern const size_t oom_count_shared_log;
extern const oom_case oom_cases_sharing[];
extern const size_t oom_count_sharing;
extern const oom_case oom_cases_agreement[];
extern const size_t oom_count_agreement;
extern const oom_case oom_cases_term[];
extern const size_t oom_count_term;
extern const oom_case oom_cases_decision[];
extern const size_t oom_count_decision;
extern const oom_case oom_cases_kmeans[];
extern const size_t oom_count_kmeans;
extern const oom_case oom_cases_prototypes[];
extern const size_t oom_count_prototypes;
extern const oom_case oom_cases_loyalty[];
extern const size_t oom_count_loyalty;
extern const oom_case oom_cases_segment[];
extern const size_t oom_count_segment;
extern const oom_case oom_cases_csv[];
extern const size_t oom_count_csv;
extern const oom_case oom_cases_policy[];
extern const size_t oom_count_policy;
extern const oom_case oom_cases_purchases[];
extern const size_t oom_count_purchases;
extern const oom_case oom_cases_retention[];
extern const size_t oom_count_retention;
extern const oom_case oom_cases_network[];
extern const size_t oom_count_network;
extern const oom_case oom_cases_durable[];
extern const size_t oom_count_durable;
extern const oom_case oom_cases_event[];
extern const size_t oom_count_event;
extern const oom_case oom_cases_customer[];
extern const size_t oom_count_customer;
extern const oom_case oom_cases_journey[];
extern const size_t oom_count_journey;
extern const oom_case oom_cases_feedback[];
extern const size_t oom_count_feedback;
extern const oom_case oom_cases_value[];
extern const size_t oom_count_value;
extern const oom_case oom_cases_tools[];
extern const size_t oom_count_tools;

void oom_arm(oom *o);
void oom_disarm(oom *o);

/* An error object came exactly if the call failed; frees it. */
void oom_check_error(cstn_status status, cstn_error *error);

/* Pull a whole stream and release it: CSTN_OK, or CSTN_E_NOMEM if it ended with ENOMEM. */
cstn_status oom_drain(struct ArrowArrayStream *stream);

/* Twelve order lines of five orders as a stream, in memory of libc. With `bad`, two rows break a
 * rule. With `text`, order ids and quantities are text. */
void oom_lines(struct ArrowArrayStream *out, int bad, int text);

/* Run `call` with `error` declared, and check it. */
#define OOM_CALL(result, call)                    \
	do {                                      \
		cstn_error *error = NULL;         \
		(result) = (call);                \
		oom_check_error((result), error); \
	} while (0)

/* CSTN_E_ROWS is no failure where `bad` rows are given: they came exactly then. Frees them. */
cstn_status oom_rows(cstn_status status, cstn_row_errors *rows, int bad);

/* What follows a call that gives a table: it is there exactly if the call did not fail. Drains it
 * and disarms. */
cstn_status oom_table(oom *o, cstn_status status, struct ArrowArrayStream *out);
/* The same of a call that leaves rows out and says so: what is there is `bad` and the rest. */
cstn_status oom_table_of_rest(
		oom *o, cstn_status status, struct ArrowArrayStream *out, cstn_row_errors *bad);

/* Disarms. Out of memory, `self` has the bytes of its `twin`, which was made in the same way. Drops
 * both. */
void oom_unchanged(oom *o, cstn_status status, const sealed_kind *kind, void *self, void *twin);

/* The cases of a type that travels as bytes; what is given is dropped. */
cstn_status oom_to_bytes(oom *o, const sealed_kind *kind, void *self, void *twin);
cstn_status oom_from_bytes(oom *o, const sealed_kind *kind, void *written);
cstn_status oom_merge(oom *o, const sealed_kind *kind, void *into, void *from, void *twin);

/* The same as TYPE_to_bytes and TYPE_from_bytes: what is written by `o`'s allocator, and with
 * libc's memory. */
#define OOM_BYTES(type, mine, other)                                 \
	static cstn_status type##_to_bytes(oom *o)                   \
	{                                                            \
		return oom_to_bytes(o, &sealed_##type, mine, other); \
	}                                                            \
	static cstn_status type##_from_bytes(oom *o)                 \
	{                                                            \
		return oom_from_bytes(o, &sealed_##type, other);     \
	}
/* And as TYPE_merge: `twin` is what `into` was. */
#define OOM_MERGE(type, into, from, twin)                              \
	static cstn_status type##_merge(oom *o)                        \
	{                                                              \
		return oom_merge(o, &sealed_##type, into, from, twin); \
	}

/* And as TYPE_remove: the customers of CSV text are forgotten, some of whom are there. */
#define OOM_REMOVE(type, mine, like, schema, rows)                            \
	static cstn_status type##_remove(oom *o)                              \
	{                                                                     \
		cstn_##type *self = mine, *twin = like;                       \
		struct ArrowArrayStream who;                                  \
		cstn_status status;                                           \
                                                                              \
		csv_rows(&who, schema, rows);                                 \
		oom_arm(o);                                                   \
		OOM_CALL(status, cstn_##type##_remove(self, &who, &error));   \
		oom_disarm(o);                                                \
		ck_assert_ptr_null(who.release);                              \
		if (status == CSTN_OK)                                        \
			ck_assert(!sealed_equal(&sealed_##type, self, twin)); \
		oom_unchanged(o, status, &sealed_##type, self, twin);         \
		return status;                                                \
	}

/* The case of a call that makes a `type` and puts it into `made`. */
#define OOM_MAKE(name, type, give_up, call)                       \
	static cstn_status name(oom *o)                           \
	{                                                         \
		cstn_##type *made = NULL;                         \
		cstn_status status;                               \
                                                                  \
		oom_arm(o);                                       \
		OOM_CALL(status, call);                           \
		oom_disarm(o);                                    \
		ck_assert((made == NULL) == (status != CSTN_OK)); \
		cstn_##type##_##give_up(made);                    \
		return status;                                    \
	}

/* The case of a call that makes a `type` and puts it into `made`, out of `self`, which is `mine`.
 */
#define OOM_MAKE_OF(name, type, give_up, from, from_give_up, mine, call) \
	static cstn_status name(oom *o)                                  \
	{                                                                \
		cstn_##from *self = mine;                                \
		cstn_##type *made = NULL;                                \
		cstn_status status;                                      \
                                                                         \
		oom_arm(o);                                              \
		OOM_CALL(status, call);                                  \
		oom_disarm(o);                                           \
		ck_assert((made == NULL) == (status != CSTN_OK));        \
		cstn_##type##_##give_up(made);                           \
		cstn_##from##_##from_give_up(self);                      \
		return status;                                           \
	}

/* The case of a call that gives a table of `self`, which is `mine`, as the stream `out`. */
#define OOM_TABLE(name, type, give_up, mine, call)   \
	static cstn_status name(oom *o)              \
	{                                            \
		cstn_##type *self = mine;            \
		struct ArrowArrayStream out = {0};   \
		cstn_status status;                  \
                                                     \
		oom_arm(o);                          \
		OOM_CALL(status, call);              \
		status = oom_table(o, status, &out); \
		cstn_##type##_##give_up(self);       \
		return status;                       \
	}

/* The case of a model that is described in words: TYPE_in_words. */
#define OOM_DESCRIBE(type, mine)                                      \
	OOM_MAKE_OF(type##_in_words, buffer, free, type, unref, mine, \
			cstn_##type##_describe(self, &made, &error))

#endif
