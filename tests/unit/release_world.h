#ifndef TESTS_RELEASE_WORLD_H
#define TESTS_RELEASE_WORLD_H

#include <constellation/constellation.h>

#include "sharing_fixture.h"

/* A network in which data are released: "maker" provides, "shop" is its partner and "rival" its
 * competitor, in constellation "c1" (and "c2", where nobody is a member but maker). Fields:
 * order.id public, order.qty operational, order.price competitive, customer.name direct,
 * customer.city quasi-identifier, customer.ill special. Purposes: planning, and stock below it. */
#define RELEASE_DAY INT64_C(86400000000)
#define RELEASE_NOW (1000 * RELEASE_DAY)

/* Parties, constellations and classes; no agreement. */
void release_world_fill(cstn_network *network);
/* In memory, filled. */
cstn_network *release_world(void);

/* A builder of what maker permits `recipient`: to read `paths` (NULL after the last) at a level for
 * planning, a gift. More may be set. */
cstn_term_builder *release_term(const char *recipient, int32_t level, const char *const *paths);
/* The same, in return for something. */
cstn_term_builder *release_term_for(const char *recipient, int32_t level, const char *const *paths,
		const cstn_term_consideration *given);
/* Build and free. */
cstn_term *release_term_end(cstn_term_builder *builder);
/* An agreement of maker and the recipient of the terms (which are given back), signed by both and
 * put; its digest. Either may retire it, with the longest notice of its terms. */
void release_agree(cstn_network *network, const char *recipient, cstn_term **terms, size_t n,
		uint8_t digest[32]);
/* The same of another provider. */
void release_agree_of(cstn_network *network, const char *provider, const char *recipient,
		cstn_term **terms, size_t n, uint8_t digest[32]);
/* And one that derives from another (NULL: from none). */
void release_agree_under(cstn_network *network, const char *provider, const char *recipient,
		cstn_term **terms, size_t n, const uint8_t *parent, uint8_t digest[32]);
/* shop does so with an agreement of maker; event, actor, cause and instants of `act` are given. */
void release_act(cstn_network *network, const uint8_t *digest, cstn_transition act);
/* The most frequent one: all of release_fields at RAW to shop, `rows` rows and `calls` calls a day
 * (0: no limit). */
void release_agree_raw(cstn_network *network, int64_t rows, int64_t calls);
extern const char *const release_fields[]; /* order.id, order.qty */

/* shop asks maker in c1 for `paths` (NULL after the last) at a level, for stock. */
cstn_request_options release_asks(int32_t level, const char *const *paths);
cstn_request *release_request(const cstn_request_options *asks);

/* Columns "id" (order.id, int64), "qty" (order.qty, int64), "secret" (no field, text): batches of
 * `each` rows, `n` rows in all, ids from 0 on. Columns bound to the first two. */
void release_rows(struct ArrowArrayStream *out, int64_t n, int64_t each);
extern const cstn_release_column release_columns[2];
/* Options for those. */
cstn_release_options release_options(void);

/* Open and expect a status; NULL unless it is CSTN_OK. The request is made of `asks`. */
cstn_release *release_try(cstn_network *network, const cstn_request_options *asks,
		struct ArrowArrayStream *rows, const cstn_release_options *options,
		cstn_status expected, const char *words);
/* Pull all; how many rows came. *status is what it ended with. */
uint64_t release_drain(cstn_release *release, cstn_status *status);

/* How many rows of release_agree_raw() can be had in one more release, which has them. */
uint64_t release_rows_left(cstn_network *network);

/* A log as text: an entry a line; to be freed. `constellation` NULL: the private log. */
char *release_log(cstn_network *network, const char *party, const char *constellation);
/* How often `words` stand in a text. */
size_t release_count(const char *text, const char *words);
/* What of the term of release_agree_raw() is used; of the last one that was agreed. */
cstn_rules_usage release_usage(cstn_network *network);
cstn_rules_usage release_usage_of(
		cstn_network *network, const uint8_t *agreement, const uint8_t *term);

#endif
