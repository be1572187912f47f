/* Keys of signed notes (C2SP signed-note, tlog-cosignature), as text.
 *
 * A key's id is the beginning of SHA-256 of name, line end, type and public key, so that a name or
 * a key that was mistyped is refused. Secrets are on the stack only and wiped; error messages hold
 * no part of a key. Ed25519 and base64 are libsodium's. */
#include "ledger/note_key.h"
#include "ledger/signed_checkpoint.h"

#include <string.h>

#include <sodium/core.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "base/text.h"

#define SECRET_BEGIN "PRIVATE+KEY+"
#define ID_DIGITS (2 * CSTN__KEY_ID)
/* A byte for the type, then the key, as base64 and a NUL. */
#define KEY_BYTES (1 + CSTN__ED25519_PUBLIC)
#define KEY_BASE64 sodium_base64_ENCODED_LEN(KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)
#define KEY_TEXT (sizeof(SECRET_BEGIN) + CSTN_NOTE_NAME_MOST + 1 + ID_DIGITS + 1 + KEY_BASE64)

/* Kinds of signatures that the formats name and that are not verified here: ECDSA, the tree head of
 * RFC 6962, ML-DSA-44. */
static int is_known_kind(uint8_t kind)
{
	return kind == 2 || kind == 5 || kind == 6;
}

int cstn__note_text_is_valid(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((uint8_t)text[i] < ' ' && text[i] != '\n')
			return 0;
	return cstn__utf8_is_valid((const uint8_t *)text, len);
}

/* Spaces of Unicode that are not ASCII's, as UTF-8. */
static int has_wide_space(const char *text, size_t len)
{
	static const char *const spaces[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80",
			"\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
			"\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
			"\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
			"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
	size_t i, k;

	for (i = 0; i < len; i++)
		for (k = 0; k < sizeof(spaces) / sizeof(spaces[0]); k++) {
			size_t n = strlen(spaces[k]);

			if (len - i >= n && memcmp(text + i, spaces[k], n) == 0)
				return 1;
		}
	return 0;
}

int cstn__note_name_is_valid(const char *name, size_t len)
{
	size_t i;

	if (!len || len > CSTN_NOTE_NAME_MOST)
		return 0;
	for (i = 0; i < len; i++)
		if ((uint8_t)name[i] <= ' ' || name[i] == '+')
			return 0;
	return cstn__utf8_is_valid((const uint8_t *)name, len) && !has_wide_space(name, len);
}

static void key_id(const cstn__note_key *key, uint8_t id[CSTN__KEY_ID])
{
	uint8_t hash[CSTN__SHA256_SIZE], type = (uint8_t)key->type;
	cstn__sha256_state state;

	cstn__sha256_init(&state, 0);
	cstn__sha256_put(&state, key->name, key->name_len);
	cstn__sha256_put(&state, "\n", 1);
	cstn__sha256_put(&state, &type, 1);
	cstn__sha256_put(&state, key->public_key, sizeof(key->public_key));
	cstn__sha256_end(&state, hash);
	memcpy(id, hash, CSTN__KEY_ID);
}

/* name+id+base64: sets name and id, and `bytes` of type and key. */
static cstn_status read_parts(const char *text, const char *what, cstn__note_key *key,
		uint8_t bytes[KEY_BYTES], cstn_error **error)
{
	const char *plus = strchr(text, '+'), *second = plus ? strchr(plus + 1, '+') : NULL;
	size_t size = 0;
	uint8_t kind;

	if (!second || second - plus - 1 != ID_DIGITS)
		return cstn__fail(error, CSTN_E_FORMAT,
				"a %s key is name, id of 8 hexadecimal digits and key, with '+' "
				"between",
				what);
	key->name = text;
	key->name_len = (size_t)(plus - text);
	if (!cstn__note_name_is_valid(key->name, key->name_len))
		return cstn__fail(error, CSTN_E_FORMAT,
				"the name of a %s key is empty, too long, no UTF-8 or has a space",
				what);
	if (cstn__unhex(plus + 1, ID_DIGITS, key->id))
		return cstn__fail(error, CSTN_E_FORMAT,
				"the id of a %s key is not 8 digits 0-9 a-f", what);
	second++;
	/* its kind is the first byte, the first of three that four letters hold */
	if (strlen(second) >= 4 && cstn__base64_read(second, 4, bytes, 3, &size) == 0 && size) {
		kind = bytes[0];
		if (is_known_kind(kind))
			return cstn__fail(error, CSTN_E_UNSUPPORTED,
					"a %s key of kind %d; Ed25519 is 1, a witness's is 4", what,
					kind);
	}
	if (cstn__base64_read(second, strlen(second), bytes, KEY_BYTES, &size) || size != KEY_BYTES)
		return cstn__fail(error, CSTN_E_FORMAT, "a %s key is base64 of %d bytes", what,
				KEY_BYTES);
	key->type = bytes[0];
	if (key->type != CSTN_NOTE_KEY_SIGN && key->type != CSTN_NOTE_KEY_WITNESS)
		return cstn__fail(error, CSTN_E_FORMAT, "a %s key of the unknown kind %d", what,
				(int)key->type);
	return CSTN_OK;
}

static cstn_status check_id(const cstn__note_key *key, const char *what, cstn_error **error)
{
	uint8_t id[CSTN__KEY_ID];

	key_id(key, id);
	if (memcmp(id, key->id, CSTN__KEY_ID) != 0)
		return cstn__fail(error, CSTN_E_FORMAT,
				"the id of a %s key is not that of its name and key", what);
	return CSTN_OK;
}

cstn_status cstn__verifier_read(const char *text, cstn__note_key *key, cstn_error **error)
{
	uint8_t bytes[KEY_BYTES];
	cstn_status status;

	memset(key, 0, sizeof(*key));
	if (!text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a verifier key is NULL");
	status = read_parts(text, "verifier", key, bytes, error);
	if (status != CSTN_OK)
		return status;
	memcpy(key->public_key, bytes + 1, sizeof(key->public_key));
	return check_id(key, "verifier", error);
}

cstn_status cstn__signer_read(const char *text, cstn__note_key *key, cstn_error **error)
{
	uint8_t bytes[KEY_BYTES];
	cstn_status status;

	memset(key, 0, sizeof(*key));
	if (!text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a signer key is NULL");
	if (strncmp(text, SECRET_BEGIN, sizeof(SECRET_BEGIN) - 1) != 0)
		return cstn__fail(error, CSTN_E_FORMAT,
				"a signer key does not begin with " SECRET_BEGIN);
	status = read_parts(text + sizeof(SECRET_BEGIN) - 1, "signer", key, bytes, error);
	if (status == CSTN_OK) {
		crypto_sign_ed25519_seed_keypair(key->public_key, key->secret, bytes + 1);
		status = check_id(key, "signer", error);
	}
	cstn__wipe(bytes, sizeof(bytes));
	if (status != CSTN_OK)
		cstn__wipe(key, sizeof(*key));
	return status;
}

/* `begin`, name, id and key of 32 bytes. */
static cstn_status write_key(const cstn__note_key *key, const char *begin, const uint8_t *of_key,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	char text[KEY_TEXT], *at = text;
	uint8_t bytes[KEY_BYTES];
	cstn_status status;

	bytes[0] = (uint8_t)key->type;
	memcpy(bytes + 1, of_key, CSTN__ED25519_PUBLIC);
	memcpy(at, begin, strlen(begin));
	at += strlen(begin);
	memcpy(at, key->name, key->name_len);
	at += key->name_len;
	*at++ = '+';
	cstn__hex(key->id, CSTN__KEY_ID, at);
	at += ID_DIGITS;
	*at++ = '+';
	sodium_bin2base64(at, KEY_BASE64, bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
	status = cstn__buffer_copy_secret(
			allocator, text, (size_t)(at - text) + strlen(at), out, error);
	cstn__wipe(text, sizeof(text));
	cstn__wipe(bytes, sizeof(bytes));
	return status;
}

static cstn_status make_key(cstn__note_key *key, const uint8_t *seed, cstn_error **error)
{
	uint8_t random[CSTN__ED25519_SEED];

	if (!seed) {
		if (sodium_init() < 0)
			return cstn__fail(error, CSTN_E_IO, "no randomness to make a key from");
		randombytes_buf(random, sizeof(random));
		seed = random;
	}
	crypto_sign_ed25519_seed_keypair(key->public_key, key->secret, seed);
	cstn__wipe(random, sizeof(random));
	key_id(key, key->id);
	return CSTN_OK;
}

cstn_status cstn_note_key_new(const char *name, size_t name_len, int32_t type, const uint8_t *seed,
		const cstn_allocator *allocator, cstn_buffer **signer, cstn_buffer **verifier,
		cstn_error **error)
{
	cstn__note_key key = {name, name_len, type, {0}, {0}, {0}};
	cstn_buffer *secret = NULL;
	cstn_allocator memory;
	cstn_status status;

	if (!name || !signer || !verifier)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "name, signer or verifier is NULL");
	if (!cstn__note_name_is_valid(name, name_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a key's name has 1 to %d bytes of UTF-8, no space, no '+'",
				CSTN_NOTE_NAME_MOST);
	if (type != CSTN_NOTE_KEY_SIGN && type != CSTN_NOTE_KEY_WITNESS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"type is %d, CSTN_NOTE_KEY_SIGN or _WITNESS expected", (int)type);
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = make_key(&key, seed, error);
	if (status == CSTN_OK)
		/* libsodium's secret begins with the seed */
		status = write_key(&key, SECRET_BEGIN, key.secret, &memory, &secret, error);
	if (status == CSTN_OK)
		status = write_key(&key, "", key.public_key, &memory, verifier, error);
	if (status == CSTN_OK)
		*signer = secret;
	else
		cstn_buffer_free(secret);
	cstn__wipe(&key, sizeof(key));
	return status;
}

cstn_status cstn_note_key_verifier(const char *signer, const cstn_allocator *allocator,
		cstn_buffer **verifier, cstn_error **error)
{
	cstn_allocator memory;
	cstn__note_key key;
	cstn_status status;

	if (!verifier)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "verifier is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__signer_read(signer, &key, error);
	if (status == CSTN_OK)
		status = write_key(&key, "", key.public_key, &memory, verifier, error);
	cstn__wipe(&key, sizeof(key));
	return status;
}

cstn_status cstn_note_key_check(const char *verifier, int32_t *type, cstn_error **error)
{
	cstn__note_key key;
	cstn_status status = cstn__verifier_read(verifier, &key, error);

	if (status == CSTN_OK && type)
		*type = key.type;
	return status;
}

int cstn__ed25519_verify(const uint8_t *public_key, size_t key_size, const uint8_t *signature,
		size_t signature_size, const void *message, size_t size)
{
	if (key_size != CSTN__ED25519_PUBLIC || signature_size != CSTN__ED25519_SIGNATURE)
		return 0;
	return crypto_sign_ed25519_verify_detached(signature, message, size, public_key) == 0;
}
