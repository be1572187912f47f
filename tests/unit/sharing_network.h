#ifndef TESTS_SHARING_NETWORK_H
#define TESTS_SHARING_NETWORK_H

#include <constellation/constellation.h>

#include "agreement_fixture.h"
#include "sharing_fixture.h"

/* Networks that share: partners maker, shop and third, constellation c1 of maker with the purpose
 * planning, all three its members and partners of each other, field order.qty operational, and the
 * keys of the agreement fixture as records; officers of maker are the keys 11 and 12. */
cstn_network *sharing_network(const agreement_world *world);
/* The same on disk. */
void sharing_network_fill(cstn_network *network, const agreement_world *world);
/* A key of one of maker's officers. */
sharing_key sharing_officer(uint8_t number);
void sharing_put_verifier(
		cstn_network *network, const char *party, const char *use, const char *verifier);

/* Body and terms of an agreement between two parties, derived from another (NULL: none), that lets
 * data be passed on so often; signed by both. Unref it. */
cstn_agreement *sharing_agreement(const agreement_world *world, const char *provider,
		const char *recipient, int32_t hops, const cstn_agreement *parent);

/* Of terms that maker gives shop; signed by both. Unref it. */
cstn_agreement *sharing_signed(const agreement_world *world, cstn_term_set *terms);
/* maker lets shop have order.qty at a level, in return for a service (NULL: a gift); signed by
 * both. Unref it. */
cstn_agreement *sharing_one_term(const agreement_world *world, int32_t level, const char *service);

/* The note of an override of maker for a recipient, of order.qty at level RAW in [100, 900), that
 * these officers sign (0: none); to be freed. */
char *sharing_override_note(const char *recipient, uint8_t first, uint8_t second);
/* The note of a receipt that `signer` signs in the name of shop or maker; to be freed. */
char *sharing_receipt_note(const agreement_world *world, const cstn_agreement *agreement,
		const uint8_t *release, int32_t kind, const char *party, int64_t at_us);
/* The note of a waiver that `signer` signs: where it has none, of the agreement, its first term and
 * in his name; to be freed. */
char *sharing_waiver_note(const agreement_world *world, const cstn_agreement *agreement,
		const cstn_waiver *waiver, const char *signer);
/* The retention duty of the agreement's first term, as a release makes it. */
void sharing_release_duty(cstn_network *network, const cstn_agreement *agreement,
		const uint8_t *release, const char *action, int64_t deadline_us);

/* A charge at 10 of 20 rows, a duty to delete until 300, an open release and a delivery at 30, of
 * acme for bolts in c1: as releases make them, under an agreement whose digest is of ones, a term
 * of twos and the release of threes, decided by fours. */
void sharing_put_release_rows(cstn_network *network);

/* In a transaction of its own. */
void sharing_put_agreement(cstn_network *network, const char *party,
		const cstn_agreement *agreement, int64_t now_us);

/* The rules of a network as it is now, of everything. */
cstn_rules *sharing_rules(cstn_network *network);
/* shop asks maker in c1 for order.qty at a level, to read it for planning. */
cstn_request_options sharing_asks(int32_t level, int64_t now_us);
/* The decision of a recipient's wish to read order.qty of a provider for planning in c1. */
int32_t sharing_reason(const cstn_rules *rules, const char *provider, const char *recipient,
		const char *hop, int64_t now_us);
int32_t sharing_reason_now(cstn_network *network, const char *provider, const char *recipient,
		const char *hop, int64_t now_us);

/* How many entries of a type a shared log of c1 has; and its size. */
size_t sharing_count_entries(cstn_network *network, const char *party, const char *type);

#endif
