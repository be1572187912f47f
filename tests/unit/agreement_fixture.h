#ifndef TESTS_AGREEMENT_FIXTURE_H
#define TESTS_AGREEMENT_FIXTURE_H

#include <constellation/agreement.h>

#include "sharing_fixture.h"

/* Parties "maker" (provider), "shop" (recipient) and "third", whose SIGN keys hold for ever. */
typedef struct agreement_world {
	cstn_party_keys *keys;
	sharing_key maker, shop, third;
} agreement_world;
void agreement_world_open(agreement_world *world);
void agreement_world_close(agreement_world *world);
const char *agreement_signer(const agreement_world *world, const char *party);

/* maker to shop in "c1", valid in [100, 1000), notice 50, both may retire, made at 10, terms of a
 * byte. */
cstn_agreement_body agreement_body(uint8_t terms);
/* One term: provider permits recipient to read order.qty for planning in "c1", a gift, and to pass
 * it on `hops` times; unref it. */
cstn_term_set *agreement_terms(const char *provider, const char *recipient, int32_t hops);
/* The same, which may be ended so. */
cstn_term_set *agreement_terms_ended(const char *provider, const char *recipient, int32_t hops,
		const cstn_term_revocation *revocation);
/* The note of a body that both signed; to be freed. */
char *agreement_note(const agreement_world *world, const cstn_agreement_body *body);
/* The agreement of it; unref it. */
cstn_agreement *agreement_of(const agreement_world *world, const cstn_agreement_body *body);

/* An act, not yet drafted. */
cstn_transition agreement_act(int32_t event, int32_t actor, int32_t cause, int64_t at_us);
/* The signed note of a drafted act; to be freed. */
char *agreement_sign(const agreement_world *world, const cstn_agreement *agreement,
		const cstn_transition *drafted);
/* Draft, sign and apply: the new value, the old one is let go. */
cstn_agreement *agreement_do(
		const agreement_world *world, cstn_agreement *agreement, cstn_transition act);
/* The status of applying a note; *out as cstn_agreement_apply(). */
cstn_status agreement_apply(const agreement_world *world, const cstn_agreement *agreement,
		const char *note, cstn_agreement **out, cstn_error **error);

cstn_agreement_info agreement_info(const cstn_agreement *agreement, int64_t now_us);
/* Its canonical text; to be freed. */
char *agreement_bytes(const cstn_agreement *agreement);

#endif
