#ifndef CSTN_LEDGER_MERKLE_H
#define CSTN_LEDGER_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/ledger.h>

#define CSTN__HASH CSTN_MERKLE_HASH_SIZE
/* Hashes of a proof: one a level. */
#define CSTN__PROOF_MOST 64

/* `hardware` as cstn__sha256_init(); `out` may be one of the hashes that go in. */
void cstn__merkle_leaf(int hardware, const void *entry, size_t size, uint8_t *out);
/* The n nodes over 2n that lie one behind the other; `out` may be `below`. */
void cstn__merkle_row(int hardware, const uint8_t *below, size_t n, uint8_t *out);
void cstn__merkle_node(int hardware, const uint8_t *left, const uint8_t *right, uint8_t *out);

#endif
