#include "sharing_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

sharing_key sharing_key_of(const char *name, int32_t type, uint8_t seed)
{
	uint8_t bytes[32] = {seed, (uint8_t)type};
	cstn_buffer *signer, *verifier;
	sharing_key key;

	SHARING_OK(cstn_note_key_new(
			name, strlen(name), type, bytes, NULL, &signer, &verifier, &error));
	strcpy(key.signer, (const char *)cstn_buffer_data(signer));
	strcpy(key.verifier, (const char *)cstn_buffer_data(verifier));
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	return key;
}

cstn_party_keys *sharing_book(void)
{
	cstn_party_keys *keys;

	SHARING_OK(cstn_party_keys_new(NULL, &keys, &error));
	return keys;
}

void sharing_add(cstn_party_keys *keys, const char *party, int32_t use, const char *verifier,
		int64_t from_us, int64_t until_us)
{
	cstn_party_key key = CSTN_PARTY_KEY_INIT;

	key.party = party;
	key.use = use;
	key.verifier = verifier;
	key.from_us = from_us;
	key.until_us = until_us;
	SHARING_OK(cstn_party_keys_add(keys, &key, &error));
}

cstn_negotiation *sharing_negotiation(uint32_t flags)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;
	cstn_negotiation *out;

	options.flags = flags;
	options.id = "n1";
	options.provider = "maker";
	options.recipient = "shop";
	options.constellation = "c1";
	SHARING_OK(cstn_negotiation_new(&options, &out, &error));
	return out;
}

cstn_negotiation_message sharing_message(
		int32_t type, int32_t actor, uint8_t id, uint8_t digest, int64_t now_us)
{
	cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;

	m.type = type;
	m.actor = actor;
	m.negotiation = "n1";
	m.negotiation_len = 2;
	m.now_us = now_us;
	m.expires_us = type == CSTN_MESSAGE_OFFER ? INT64_MAX : 0;
	memset(m.id, id, sizeof(m.id));
	memset(m.digest, digest, sizeof(m.digest));
	return m;
}

cstn_decision *sharing_decide(const cstn_rules *rules, const cstn_request_options *asks)
{
	cstn_decision *out;
	cstn_request *request;

	SHARING_OK(cstn_request_new(asks, NULL, &request, &error));
	SHARING_OK(cstn_decide((cstn_rules *)(uintptr_t)rules, request, &out, &error));
	cstn_request_unref(request);
	return out;
}

char *sharing_text(cstn_buffer *buffer)
{
	size_t size = cstn_buffer_size(buffer);
	char *out = malloc(size + 1);

	ck_assert_ptr_nonnull(out);
	memcpy(out, cstn_buffer_data(buffer), size + 1);
	cstn_buffer_free(buffer);
	return out;
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint64_t sharing_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t sharing_roll(uint64_t *state, uint32_t n)
{
	return (uint32_t)(sharing_random(state) >> 32) % n;
}
