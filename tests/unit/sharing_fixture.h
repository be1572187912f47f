#ifndef TESTS_SHARING_FIXTURE_H
#define TESTS_SHARING_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/decision.h>
#include <constellation/negotiation.h>
#include <constellation/party_keys.h>

/* Keys of a party, the same at every call; `seed` 1..255 tells one key of a name from another. */
typedef struct sharing_key {
	char signer[256], verifier[256];
} sharing_key;
sharing_key sharing_key_of(const char *name, int32_t type, uint8_t seed);

/* A book; free it. */
cstn_party_keys *sharing_book(void);
/* Put a key into it. */
void sharing_add(cstn_party_keys *keys, const char *party, int32_t use, const char *verifier,
		int64_t from_us, int64_t until_us);

/* A negotiation "n1" of provider "maker" and recipient "shop" in constellation "c1". */
cstn_negotiation *sharing_negotiation(uint32_t flags);
/* A message of it: id and digest filled with a byte; an offer has no end. */
cstn_negotiation_message sharing_message(
		int32_t type, int32_t actor, uint8_t id, uint8_t digest, int64_t now_us);

/* The decision of what is asked; unref it. */
cstn_decision *sharing_decide(const cstn_rules *rules, const cstn_request_options *asks);

/* The text of a buffer that is freed; to be freed. */
char *sharing_text(cstn_buffer *buffer);

/* Numbers that look random, the same in every run. */
uint64_t sharing_random(uint64_t *state);
/* One below n. */
uint32_t sharing_roll(uint64_t *state, uint32_t n);

/* A call fails with a status and words of the message. */
#define SHARING_FAILS(expected, words, call)                                            \
	do {                                                                            \
		cstn_error *error = NULL;                                               \
		ck_assert_int_eq((call), (expected));                                   \
		ck_assert_msg(strstr(cstn_error_message(error), (words)) != NULL, "%s", \
				cstn_error_message(error));                             \
		cstn_error_free(error);                                                 \
	} while (0)
/* And succeeds; what it says if not. */
#define SHARING_OK(call)                                                           \
	do {                                                                       \
		cstn_error *error = NULL;                                          \
		ck_assert_msg((call) == CSTN_OK, "%s", cstn_error_message(error)); \
		cstn_error_free(error);                                            \
	} while (0)

#endif
