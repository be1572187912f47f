#ifndef CSTN_NETWORK_CHECKS_H
#define CSTN_NETWORK_CHECKS_H

#include "base/map.h"
#include "network/network.h"

/* The rules that need a network: what a record names is there, its state may follow the one before,
 * the same id has the same content, goods do not exceed what was ordered or delivered. They are
 * checked against a snapshot and what the transaction itself has put since. */

/* A record as the checks see it: cells of its own and of its lines, from wherever they lie. */
typedef struct cstn__row cstn__row;
struct cstn__row {
	const cstn__noun *noun;
	void (*cell)(const cstn__row *row, size_t line, uint32_t field, cstn__cell *out);
	const void *source;
	size_t at;             /* row in the source */
	const uint32_t *lines; /* rows of its lines there */
	size_t n_lines;
};
void cstn__row_of_record(const cstn_record *record, cstn__row *out);

/* Quantities of an order line that are held by shipments and returns. */
typedef struct cstn__line_info {
	int64_t number, qty, cancelled, delivered; /* delivered INT64_MIN: not known */
	int64_t shipped, returned;
	uint64_t seq; /* of the stored totals; 0 none */
	int loaded, dirty;
	int there; /* 0: the order has no such line, but something holds goods of it */
} cstn__line_info;
typedef struct cstn__order_info {
	size_t n, capacity;
	cstn__line_info *lines; /* NULL: not looked up */
	int there;              /* 0: there is no such order */
} cstn__order_info;

/* What a shipment or return holds. */
typedef struct cstn__held {
	size_t n;
	struct {
		uint32_t order;
		int64_t line, qty;
	} * items;
} cstn__held;

typedef struct cstn__known {
	uint64_t seq;     /* of the version in the snapshot; 0 none */
	int8_t there;     /* 1: there is such a record, as this transaction sees it */
	int8_t own;       /* 1: put or deleted by this transaction */
	int8_t looked;    /* 1: the fields above are set */
	int8_t state;     /* index of the state's code; -1 none */
	int64_t last_us;  /* nothing of the key is recorded later; INT64_MIN: there never was any */
	cstn__held *held; /* by its version; NULL: not looked up, or nothing */
} cstn__known;

typedef struct cstn__checks {
	cstn_allocator allocator;
	cstn__snapshot *base; /* borrowed */
	struct cstn__checks_noun {
		cstn__interner keys;
		CSTN__ARRAY(cstn__known) known; /* by code of the key */
		int empty;                      /* 1: the snapshot has no row of it; -1 not known */
	} * nouns;
	size_t n_nouns;
	cstn__interner order_keys;
	CSTN__ARRAY(cstn__order_info) orders;
	cstn__arena arena;
} cstn__checks;

cstn_status cstn__checks_init(cstn__checks *checks, cstn__snapshot *base,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__checks_free(cstn__checks *checks);

/* The entry of a key, looked up in the snapshot if it is new; valid until the next call. */
cstn_status cstn__checks_key(
		cstn__checks *checks, const cstn__key *key, cstn__known **out, cstn_error **error);
/* The same by number, which stays valid. */
cstn_status cstn__checks_key_code(
		cstn__checks *checks, const cstn__key *key, uint32_t *out, cstn_error **error);
cstn__known *cstn__checks_known(cstn__checks *checks, const cstn__noun *noun, uint32_t code);
/* 1 if the id of a field names something: with the owner, or without. */
cstn_status cstn__checks_reference(cstn__checks *checks, const cstn__field *field, const char *id,
		size_t len, const char *owner, size_t owner_len, int *out, cstn_error **error);

#define CSTN__CHECK_DICTIONARIES 1u /* references in dictionary fields too */
#define CSTN__CHECK_SOLE 2u         /* no row of another noun follows that needs an order's lines */

typedef struct cstn__checked {
	uint64_t bad;  /* rules broken */
	int32_t same;  /* 1: an append-only record that is there already: nothing to put */
	int32_t worst; /* CSTN_E_ of the first broken rule */
	uint32_t code; /* of the key, in its noun */
	int64_t recorded_us;
	int8_t state;
	cstn__held *held;
	uint32_t order_code;    /* of an order; UINT32_MAX none */
	cstn__order_info order; /* ... and its lines */
} cstn__checked;
/* Check a row; each broken rule is reported. Nothing changes but caches. */
cstn_status cstn__checks_row(cstn__checks *checks, const cstn__row *row, uint32_t flags,
		cstn_status (*report)(void *context, size_t line, uint32_t field,
				const cstn__cell *cell, int32_t code),
		void *context, cstn__checked *out, cstn_error **error);
/* 1 if a row of an append-only noun is there already, to the letter but for when it was known: then
 * it changes nothing, whatever has become of what it names. */
cstn_status cstn__checks_is_same(
		cstn__checks *checks, const cstn__row *row, int *out, cstn_error **error);
/* The row was put: later rows of the transaction see it. Cannot fail. */
void cstn__checks_put(cstn__checks *checks, const cstn__noun *noun, const cstn__checked *checked);
/* The record was deleted. */
cstn_status cstn__checks_delete(cstn__checks *checks, const cstn__key *key, int64_t recorded_us,
		cstn_error **error);
/* 1 if something of the noun is recorded after a time: a row, or a deletion. Chunks whose zone maps
 * say no are not read. */
cstn_status cstn__checks_recorded_after(cstn__checks *checks, const cstn__noun *noun, int64_t us,
		int *out, cstn_error **error);
/* "2024-05-02T00:00:00Z, after 2024-05-03T00:00:00Z had been recorded", what a time that goes
 * backwards is reported with. */
#define CSTN__BACKWARDS_TEXT 120
size_t cstn__backwards_text(
		int64_t recorded_us, int64_t last_us, char buffer[CSTN__BACKWARDS_TEXT]);

/* Put the quantities that changed into the store's transaction, with their preconditions. */
cstn_status cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error);

/* lib/network/held.c: quantities. */
cstn_status cstn__held_load(cstn__checks *checks, const cstn__key *key, cstn_error **error);
cstn_status cstn__held_check(cstn__checks *checks, const cstn__row *row, const cstn__key *key,
		cstn_status (*report)(void *context, size_t line, uint32_t field,
				const cstn__cell *cell, int32_t code),
		void *context, cstn__checked *out, cstn_error **error);
/* The lines of an order that is being put, with room for those that only goods are held of. `code`
 * from cstn__order_intern(). */
cstn_status cstn__order_lines(const cstn__row *row, uint32_t code, cstn__checks *checks,
		cstn__order_info *out, cstn_error **error);
/* No lines: the order is deleted. */
cstn_status cstn__order_gone(
		uint32_t code, cstn__checks *checks, cstn__order_info *out, cstn_error **error);
/* The number of an order, without looking it up. */
cstn_status cstn__order_intern(
		cstn__checks *checks, const cstn__key *key, uint32_t *out, cstn_error **error);
void cstn__order_set(cstn__checks *checks, uint32_t code, const cstn__order_info *info);
cstn_status cstn__order_code(cstn__checks *checks, const char *id, size_t len, const char *owner,
		size_t owner_len, uint32_t *out, cstn_error **error);
void cstn__held_apply(cstn__checks *checks, const cstn__noun *noun, const cstn__held *from,
		const cstn__held *to);

/* lib/network/purpose.c: 1 if with this edge, a key of noun purpose, a purpose would cover itself.
 */
cstn_status cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error);

/* lib/network/record.c: one broken rule in words, after what is there. */
void cstn__broken_put(cstn__bytes *message, const cstn__noun *noun, size_t line, uint32_t field,
		const cstn__cell *cell, int32_t code);

#endif
