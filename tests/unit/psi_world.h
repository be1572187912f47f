#ifndef TESTS_PSI_WORLD_H
#define TESTS_PSI_WORLD_H

#include <jansson.h>

#include <constellation/psi.h>
#include <constellation/shared_log.h>

#include "agreement_fixture.h"

/* A network in memory, and keys of maker (who sends) and shop (who receives). */
typedef struct psi_world {
	agreement_world parties;
	cstn_network *network;
} psi_world;
void psi_world_open(psi_world *world);
void psi_world_close(psi_world *world);

/* A term of maker for shop in "c1", a gift, to read item.gtin at the level existence; `changes` is
 * "" or members of its JSON, in place of those or more. To be freed. */
char *psi_term(const char *changes);
/* A list of up to two of them as a set; unref it. */
cstn_term_set *psi_terms(const char *first, const char *second);
/* What both signed about a set of psi_term()s with these changes, NULL for none: valid in
 * [100, 1000); unref it. */
cstn_agreement *psi_signed(const psi_world *world, const char *first, const char *second);
/* Options of a side under an agreement, at an instant, in the network. */
cstn_psi_options psi_under(
		const psi_world *world, const cstn_agreement *agreement, int sends, int64_t now_us);
/* The status of making both sides, which is the same for both; `words` stand in the error. */
cstn_status psi_opens(
		const cstn_psi_options *receives, const cstn_psi_options *sends, const char *words);
/* The entries of a log of the network; "" is the private one. Decref it. */
json_t *psi_entries(const psi_world *world, const char *party, const char *constellation);
/* A text of an entry, by up to two names. */
const char *psi_said(const json_t *entry, const char *name, const char *below);

#endif
