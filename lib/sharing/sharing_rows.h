#ifndef CSTN_SHARING_SHARING_ROWS_H
#define CSTN_SHARING_SHARING_ROWS_H

#include <jansson.h>

#include <constellation/decision.h>
#include <constellation/network.h>

#include "base/alloc.h"
#include "network/inner_rows.h"

/* What a network keeps of the sharing of data, as rows of internal nouns (noun_agreement.c).
 *
 * All _put, _find, _charge and _refund work in a transaction: they see what it put before, and what
 * they read is required to be unchanged at the commit (else CSTN_E_CONFLICT). After a failure of
 * _put, _charge or _refund the transaction may only be freed, unless it says otherwise. Statuses
 * besides those named: CSTN_E_STATE, CSTN_E_INVALID_ARGUMENT of the transaction, CSTN_E_CORRUPT,
 * CSTN_E_IO, CSTN_E_NOMEM. One thread at a time a transaction. */

#define CSTN__SHARING_DIGEST CSTN_DECISION_DIGEST_SIZE
/* The most bytes of one text of a row. */
#define CSTN__SHARING_BYTES_MOST ((size_t)8 << 20)

/* --- a handle's session ------------------------------------------------------------------------
 */

/* A number that this handle of a network has and, but for a chance of 2^-63, no other; not 0. Any
 * thread. */
uint64_t cstn__sharing_session(cstn_network *network);

/* --- usage -------------------------------------------------------------------------------------
 */

/* What is used of a term's limits; zeros where nothing is recorded. */
cstn_status cstn__sharing_usage_find(cstn_transaction *transaction, const uint8_t *agreement,
		const uint8_t *term, cstn_rules_usage *out, cstn_error **error);

/* Charge what a decision reserves of one term, as decisions count it: windows and periods begin at
 * multiples of their length, and an instant before that of the last charge counts as that one.
 * Rows without a number (UINT64_MAX) are charged when they are known, by _refund. *at_us receives
 * the instant whose window was charged, for _refund. CSTN_E_BUDGET if a limit would be passed:
 * nothing is charged then and the transaction goes on. */
cstn_status cstn__sharing_charge(cstn_transaction *transaction,
		const cstn_decision_reservation *reservation, const cstn_term_limits *limits,
		int64_t now_us, int64_t *at_us, cstn_error **error);

/* What of a reservation was used in the end. */
typedef struct cstn__sharing_used {
	uint64_t calls, rows, nano_epsilon; /* at most what was reserved; rows: if it has a number
					     */
} cstn__sharing_used;

/* Give back what was reserved and not used: calls and rows if their window is still the one that
 * was charged, epsilon if its period is, rows in all always. Rows of a reservation without a number
 * are charged now. `charged_at_us` is what _charge gave. */
cstn_status cstn__sharing_refund(cstn_transaction *transaction,
		const cstn_decision_reservation *reservation, const cstn__sharing_used *used,
		const cstn_term_limits *limits, int64_t charged_at_us, int64_t now_us,
		cstn_error **error);

/* --- duties ------------------------------------------------------------------------------------
 */

typedef struct cstn__duty_row {
	uint8_t agreement[CSTN__SHARING_DIGEST], term[CSTN__SHARING_DIGEST];
	uint8_t release[CSTN__SHARING_DIGEST]; /* id; zeros: a duty of the term itself */
	uint32_t index;                        /* in the term, or CSTN_RULES_DUTY_... */
	uint32_t consequence;                  /* 0: the duty; n: the n-th consequence of it */
	int32_t state;                         /* CSTN_DUTY_... */
	int64_t deadline_us;                   /* INT64_MAX: none */
	char action[256];                      /* NUL-terminated; "" is kept as it was */
} cstn__duty_row;

/* The number that a row has in the table: the index of its duty in the low half. */
#define CSTN__DUTY_INDEX(number) ((uint32_t)((uint64_t)(number)&UINT32_MAX))
#define CSTN__DUTY_CONSEQUENCE(number) ((int64_t)((uint64_t)(number) >> 32))

/* The texts of a row's key. */
typedef struct cstn__duty_key {
	char agreement[2 * CSTN__SHARING_DIGEST + 1], term[2 * CSTN__SHARING_DIGEST + 1],
			release[2 * CSTN__SHARING_DIGEST + 1];
} cstn__duty_key;
/* Its key, which lies in `texts`. */
void cstn__sharing_duty_key(const cstn__duty_row *row, cstn__duty_key *texts, cstn__key *out);
/* All of a stored one; CSTN_E_CORRUPT. */
cstn_status cstn__sharing_duty_read(
		const cstn_record *stored, cstn__duty_row *row, cstn_error **error);
/* Agreement, term, release, index and consequence of `row` say which. */
cstn_status cstn__sharing_duty_find(
		cstn_transaction *transaction, cstn__duty_row *row, int *found, cstn_error **error);
/* Without an entry in a log. */
cstn_status cstn__sharing_duty_put(cstn_transaction *transaction, const cstn__duty_row *row,
		int64_t now_us, cstn_error **error);

/* --- deliveries --------------------------------------------------------------------------------
 */

/* Fields of these classes (CSTN_CLASS_... bits) reached the recipient; a class keeps the latest
 * instant. */
cstn_status cstn__sharing_delivery_put(cstn_transaction *transaction, const char *constellation,
		const char *provider, const char *recipient, uint32_t classes, int64_t at_us,
		cstn_error **error);

/* --- releases ----------------------------------------------------------------------------------
 */

#define CSTN__RELEASE_OPEN 1
#define CSTN__RELEASE_CLOSED 2
#define CSTN__RELEASE_UNKNOWN 3

typedef struct cstn__release_row {
	uint8_t id[CSTN__SHARING_DIGEST], decision[CSTN__SHARING_DIGEST];
	char constellation[65], provider[65], recipient[65]; /* NUL-terminated */
	int32_t state;                                       /* CSTN__RELEASE_... */
	uint64_t session;       /* cstn__sharing_session() of the handle that opened it */
	uint64_t opening;       /* index of RELEASE_OPEN in the provider's shared log */
	int64_t at_us;          /* when it was opened */
	uint64_t reserved_rows; /* UINT64_MAX: no number */
	uint64_t rows, batches;
} cstn__release_row;

/* Put an open release and, with `fields`, its entry RELEASE_OPEN in the shared log of provider and
 * constellation. The row gets the index of the entry at the commit; *index (NULL: not wanted)
 * receives it after it, and must live so long. `opening` of the row is not read. */
cstn_status cstn__sharing_release_open(cstn_transaction *transaction, const cstn__release_row *row,
		const json_t *fields, uint64_t *index, cstn_error **error);
cstn_status cstn__sharing_release_find(cstn_transaction *transaction, const uint8_t *id,
		cstn__release_row *out, int *found, cstn_error **error);
/* The row as it is now, without an entry. */
cstn_status cstn__sharing_release_put(cstn_transaction *transaction, const cstn__release_row *row,
		int64_t now_us, cstn_error **error);
/* Call `visit` for each release of a state (0: any) in a snapshot; what it returns besides CSTN_OK
 * ends the scan. Cost: a scan of them. */
cstn_status cstn__sharing_release_scan(cstn_snapshot *snapshot, int32_t state,
		cstn_status (*visit)(void *user, const cstn__release_row *row, cstn_error **error),
		void *user, cstn_error **error);

/* --- state that releases keep ------------------------------------------------------------------
 */

#define CSTN__STATE_DIFFERENCE_GUARD 1
#define CSTN__STATE_ANSWERS 2

/* Bytes by kind, constellation and name (recipient and data set, say, with a NUL between; at most
 * 4,096 bytes); *out is NULL if there are none, else free it with cstn_buffer_free(). */
cstn_status cstn__sharing_state_find(cstn_transaction *transaction, int32_t kind,
		const char *constellation, const char *name, size_t name_len, cstn_buffer **out,
		cstn_error **error);
/* CSTN_E_LIMIT above CSTN__SHARING_BYTES_MOST; the transaction goes on. */
cstn_status cstn__sharing_state_put(cstn_transaction *transaction, int32_t kind,
		const char *constellation, const char *name, size_t name_len, const void *data,
		size_t size, int64_t now_us, cstn_error **error);

/* --- for the files that keep other rows --------------------------------------------------------
 */

#define CSTN__HEX_SIZE ((size_t)(2 * CSTN__SHARING_DIGEST + 1))
#define CSTN__SHARING_COLUMN(field) (CSTN__COLUMN_FIRST + (uint32_t)(field))

/* Hexadecimal digits and a NUL; "" of zeros. */
void cstn__sharing_hex(const uint8_t *digest, char out[CSTN__HEX_SIZE]);
/* Back; zeros of "". CSTN_E_CORRUPT. */
cstn_status cstn__sharing_unhex(const uint8_t *text, size_t len, uint8_t *out, cstn_error **error);

/* The key of one text. */
void cstn__sharing_key(uint32_t noun, const char *text, size_t len, cstn__key *out);
void cstn__sharing_key_add(cstn__key *key, uint32_t place, const char *text, size_t len);

/* The row whose key is a digest, as the transaction sees it; NULL if there is none. */
cstn_status cstn__sharing_row_find(cstn_transaction *transaction, uint32_t noun,
		const uint8_t *digest, cstn_record **out, cstn_error **error);

/* CSTN_E_INVALID_ARGUMENT for an instant that no entry can bear. */
cstn_status cstn__sharing_time_check(int64_t now_us, cstn_error **error);

/* The shared log of a party in a constellation, and the instant of its entries. */
typedef struct cstn__sharing_place {
	cstn_transaction *transaction;
	const char *party, *constellation;
	int64_t now_us;
} cstn__sharing_place;
/* An entry whose field "digest" is this one, and whose "agreement", unless NULL, is that one. */
cstn_status cstn__sharing_log_digest(const cstn__sharing_place *place, const char *type,
		const uint8_t *digest, const uint8_t *agreement, cstn_error **error);
/* An entry with fields, which are dropped; NULL is CSTN_E_NOMEM. */
cstn_status cstn__sharing_log(const cstn__sharing_place *place, const char *type, json_t *fields,
		cstn_error **error);

/* A row of a noun with room for texts of so many bytes, NULs included, and its fields. */
cstn_status cstn__sharing_row_new(cstn_transaction *transaction, uint32_t noun, size_t text_bytes,
		int64_t recorded_us, cstn_record **out, cstn_error **error);
void cstn__sharing_set_text(cstn_record *row, uint32_t field, const char *text, size_t len);
void cstn__sharing_set_digest(cstn_record *row, uint32_t field, const uint8_t *digest);
void cstn__sharing_set_number(cstn_record *row, uint32_t field, int64_t number);
int64_t cstn__sharing_number(const cstn_record *row, uint32_t field);
const cstn__cell *cstn__sharing_cell(const cstn_record *row, uint32_t field);
/* Put it, and drop the caller's reference, also on failure. */
cstn_status cstn__sharing_put_row(
		cstn_transaction *transaction, cstn_record *row, cstn_error **error);

#endif
