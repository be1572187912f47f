#ifndef TESTS_OOM_H
#define TESTS_OOM_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

#include "../unit/failing_allocator.h"

/* One run of a case: what is made before oom_arm() succeeds, then allocation number `n` fails (and,
 * with `fail_on`, all after it). The case returns the status of the call under test; when that is
 * CSTN_E_NOMEM it has checked that the outputs are as they were. It frees all it made: the driver
 * counts what lives. */
typedef struct oom {
	failing_allocator memory;
	const cstn_allocator *allocator;
	uint64_t n;
} oom;

typedef struct oom_case {
	const char *functions; /* the public functions that this case makes fail, parted by spaces
				*/
	cstn_status (*run)(oom *o);
	/* Set where a call may give less instead of failing: fewer threads, no message. */
	int may_degrade;
} oom_case;

extern const oom_case oom_cases_base[];
extern const size_t oom_count_base;
extern const oom_case oom_cases_table[];
extern const size_t oom_count_table;
extern const oom_case oom_cases_stream[];
extern const size_t oom_count_stream;
extern const oom_case oom_cases_fulfilment[];
extern const size_t oom_count_fulfilment;
extern const oom_case oom_cases_forecast[];
extern const size_t oom_count_forecast;
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

/* The cases of a type that travels as bytes: TYPE_to_bytes, and TYPE_from_bytes with what was
 * written of another one, which may have libc's memory. `give_up` is how one is released. */
#define OOM_BYTES(type, give_up, mine, other)                                                  \
	static cstn_status type##_to_bytes(oom *o)                                             \
	{                                                                                      \
		cstn_##type *self = mine;                                                      \
		cstn_buffer *bytes = NULL;                                                     \
		cstn_status status;                                                            \
                                                                                               \
		oom_arm(o);                                                                    \
		OOM_CALL(status, cstn_##type##_serialize(self, &bytes, &error));               \
		oom_disarm(o);                                                                 \
		ck_assert((bytes == NULL) == (status != CSTN_OK));                             \
		cstn_buffer_free(bytes);                                                       \
		cstn_##type##_##give_up(self);                                                 \
		return status;                                                                 \
	}                                                                                      \
                                                                                               \
	static cstn_status type##_from_bytes(oom *o)                                           \
	{                                                                                      \
		cstn_##type *written = other, *self = NULL;                                    \
		cstn_buffer *bytes = NULL;                                                     \
		cstn_status status;                                                            \
                                                                                               \
		ck_assert_int_eq(cstn_##type##_serialize(written, &bytes, NULL), CSTN_OK);     \
		oom_arm(o);                                                                    \
		OOM_CALL(status, cstn_##type##_deserialize(cstn_buffer_data(bytes),            \
						 cstn_buffer_size(bytes), o->allocator, &self, \
						 &error));                                     \
		oom_disarm(o);                                                                 \
		ck_assert((self == NULL) == (status != CSTN_OK));                              \
		cstn_##type##_##give_up(self);                                                 \
		cstn_buffer_free(bytes);                                                       \
		cstn_##type##_##give_up(written);                                              \
		return status;                                                                 \
	}

/* The case of a model that is described in words: TYPE_in_words. */
#define OOM_DESCRIBE(type, give_up, mine)                                      \
	static cstn_status type##_in_words(oom *o)                             \
	{                                                                      \
		cstn_##type *self = mine;                                      \
		cstn_buffer *text = NULL;                                      \
		cstn_status status;                                            \
                                                                               \
		oom_arm(o);                                                    \
		OOM_CALL(status, cstn_##type##_describe(self, &text, &error)); \
		oom_disarm(o);                                                 \
		ck_assert((text == NULL) == (status != CSTN_OK));              \
		cstn_buffer_free(text);                                        \
		cstn_##type##_##give_up(self);                                 \
		return status;                                                 \
	}

#endif
