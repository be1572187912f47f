/* XChaCha20-Poly1305 of libsodium behind checks of every length: a key or nonce that is too short
 * is refused, and never read past its end. Cost: one pass. */
#include "sharing/aead.h"

#include <sodium/crypto_aead_xchacha20poly1305.h>

_Static_assert(CSTN__AEAD_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
				CSTN__AEAD_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES &&
				CSTN__AEAD_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES,
		"sizes of libsodium");

/* Never NULL, so that no length of 0 comes with one. */
static const uint8_t *bytes(cstn__slice slice)
{
	static const uint8_t none[1];

	return slice.data ? slice.data : none;
}

int cstn__aead_seal(
		cstn__slice key, cstn__slice nonce, cstn__slice aad, cstn__slice text, uint8_t *out)
{
	if (key.size != CSTN__AEAD_KEY || nonce.size != CSTN__AEAD_NONCE)
		return -1;
	return crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, bytes(text), text.size,
			bytes(aad), aad.size, NULL, nonce.data, key.data);
}

int cstn__aead_open(cstn__slice key, cstn__slice nonce, cstn__slice aad, cstn__slice sealed,
		uint8_t *out)
{
	if (key.size != CSTN__AEAD_KEY || nonce.size != CSTN__AEAD_NONCE ||
			sealed.size < CSTN__AEAD_TAG)
		return -1;
	return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.size,
			bytes(aad), aad.size, nonce.data, key.data);
}
