/* Names, keys and cells of a vault.
 *
 * The root key gives the tenant's (crypto_kdf, BLAKE2b), and that one those of each use, so that no
 * key has two. Whatever is hashed or authenticated is written with the lengths of its parts, so
 * that no two lists of parts have the same bytes. A cell is a head of 48 bytes, the ciphertext and
 * its tag; the head (version of the form, category, version of the key, subject, nonce) says which
 * key opens it and is authenticated but for the nonce, with record, path and version of the schema.
 *
 * Cost: a hash or one pass of XChaCha20-Poly1305 a call. */
#include <string.h>

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_kdf.h>
#include <sodium/utils.h>

#include "base/error.h"
#include "sharing/aead.h"
#include "sharing/vault.h"

#define SEALED_VERSION 1u
#define AAD_MOST 512u

_Static_assert(CSTN__VAULT_KEY == CSTN__AEAD_KEY && CSTN__VAULT_KEY == crypto_kdf_KEYBYTES &&
				CSTN__VAULT_KEY == crypto_auth_hmacsha256_KEYBYTES &&
				CSTN__VAULT_NONCE == CSTN__AEAD_NONCE &&
				CSTN__VAULT_TAG == CSTN__AEAD_TAG,
		"sizes of libsodium");
_Static_assert(CSTN__VAULT_SEALED_HEAD + CSTN__VAULT_TAG == CSTN_VAULT_CELL_EXTRA, "of a cell");

/* --- bytes ------------------------------------------------------------------------------------ */

typedef struct parts {
	uint8_t bytes[AAD_MOST];
	size_t size;
} parts;

static void put_bytes(parts *at, const void *data, size_t size)
{
	memcpy(at->bytes + at->size, data, size);
	at->size += size;
}

static void put_number(parts *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at->bytes[at->size++] = (uint8_t)(value >> 8 * i);
}

/* Texts are at most 255 bytes, as the callers have checked. */
static void put_text(parts *at, const char *text)
{
	size_t len = strlen(text);

	put_number(at, len, 2);
	put_bytes(at, text, len);
}

static uint64_t read_number(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static void keyed_hash(const uint8_t *key, const parts *of, uint8_t *out, size_t size)
{
	crypto_generichash(out, size, of->bytes, of->size, key, CSTN__VAULT_KEY);
}

/* --- keys ------------------------------------------------------------------------------------- */

cstn_status cstn__vault_derive(cstn_vault *vault, cstn_error **error)
{
	static const char context[crypto_kdf_CONTEXTBYTES + 1] = "cstnvalt";
	cstn__vault_keys *keys = vault->keys;
	uint8_t *const uses[] = {keys->wrap, keys->item, keys->search, keys->pseudonym};
	uint8_t tenant[16];
	int failed;

	crypto_generichash(tenant, sizeof(tenant), (const uint8_t *)vault->tenant,
			strlen(vault->tenant), NULL, 0);
	failed = crypto_kdf_derive_from_key(
			keys->tenant, CSTN__VAULT_KEY, read_number(tenant, 8), context, keys->root);
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		failed |= crypto_kdf_derive_from_key(
				uses[i], CSTN__VAULT_KEY, i + 1, context, keys->tenant);
	cstn__wipe(keys->root, sizeof(keys->root));
	return failed ? cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the root key gives no key")
		      : CSTN_OK;
}

static void wrap_aad(const cstn_vault *vault, const uint8_t *subject, uint32_t category, parts *out)
{
	out->size = 0;
	put_text(out, vault->tenant);
	put_bytes(out, subject, CSTN__VAULT_HASH);
	put_number(out, category, 4);
	put_number(out, CSTN__VAULT_KEY_VERSION, 4);
}

cstn_status cstn__vault_wrap(cstn_vault *vault, const uint8_t *subject, uint32_t category,
		const uint8_t *key, uint8_t out[CSTN__VAULT_WRAPPED], cstn_error **error)
{
	parts aad;
	cstn_status status = cstn__vault_random(vault, out, CSTN__VAULT_NONCE, error);

	if (status != CSTN_OK)
		return status;
	wrap_aad(vault, subject, category, &aad);
	cstn__aead_seal((cstn__slice){vault->keys->wrap, CSTN__VAULT_KEY},
			(cstn__slice){out, CSTN__VAULT_NONCE}, (cstn__slice){aad.bytes, aad.size},
			(cstn__slice){key, CSTN__VAULT_KEY}, out + CSTN__VAULT_NONCE);
	return CSTN_OK;
}

int cstn__vault_unwrap(const cstn_vault *vault, const uint8_t *subject, uint32_t category,
		const uint8_t *wrapped, uint8_t *key)
{
	parts aad;

	wrap_aad(vault, subject, category, &aad);
	return cstn__aead_open((cstn__slice){vault->keys->wrap, CSTN__VAULT_KEY},
			(cstn__slice){wrapped, CSTN__VAULT_NONCE},
			(cstn__slice){aad.bytes, aad.size},
			(cstn__slice){wrapped + CSTN__VAULT_NONCE,
					CSTN__VAULT_KEY + CSTN__VAULT_TAG},
			key);
}

/* --- names ------------------------------------------------------------------------------------ */

/* Under a key of the scope. */
static void pseudonym(const cstn_vault *vault, const char *scope, const char *id, uint8_t *out)
{
	uint8_t key[CSTN__VAULT_KEY];
	parts of = {.size = 0};

	put_text(&of, scope);
	keyed_hash(vault->keys->pseudonym, &of, key, sizeof(key));
	crypto_generichash(out, CSTN_VAULT_PSEUDONYM_SIZE, (const uint8_t *)id, strlen(id), key,
			sizeof(key));
	cstn__wipe(key, sizeof(key));
}

void cstn__vault_subject_name(
		const cstn_vault *vault, const char *subject, uint8_t out[CSTN__VAULT_HASH])
{
	pseudonym(vault, "", subject, out);
}

cstn_status cstn_vault_pseudonym(cstn_vault *vault, const char *scope, const char *id, uint8_t *out,
		cstn_error **error)
{
	cstn_status status = cstn__vault_check_id("id", id, error);

	if (status == CSTN_OK && (!scope || !out || strlen(scope) > 64))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				!scope ? "scope is NULL"
				: !out ? "pseudonym is NULL"
				       : "a scope has at most 64 bytes");
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	pseudonym(vault, scope, id, out);
	cstn__vault_leave(vault);
	return CSTN_OK;
}

static void item_id(const cstn_vault *vault, uint8_t kind, const parts *of, cstn__vault_id *out)
{
	out->bytes[0] = kind;
	keyed_hash(vault->keys->item, of, out->bytes + 1, CSTN__VAULT_HASH);
	out->len = 1 + CSTN__VAULT_HASH;
}

void cstn__vault_place_id(const cstn_vault *vault, uint8_t kind, const uint8_t *subject,
		const char *record, const char *path, cstn__vault_id *out)
{
	parts of = {.size = 0};

	put_number(&of, kind, 1);
	put_bytes(&of, subject, CSTN__VAULT_HASH);
	put_text(&of, record);
	put_text(&of, path);
	item_id(vault, kind, &of, out);
}

void cstn__vault_key_id(const cstn_vault *vault, const uint8_t *subject, uint32_t category,
		cstn__vault_id *out)
{
	parts of = {.size = 0};

	put_number(&of, CSTN__VAULT_DATA_KEY, 1);
	put_bytes(&of, subject, CSTN__VAULT_HASH);
	put_number(&of, category, 4);
	item_id(vault, CSTN__VAULT_DATA_KEY, &of, out);
}

void cstn__vault_subject_id(const uint8_t *subject, cstn__vault_id *out)
{
	out->bytes[0] = CSTN__VAULT_SUBJECT;
	memcpy(out->bytes + 1, subject, CSTN__VAULT_HASH);
	out->len = 1 + CSTN__VAULT_HASH;
}

static void numbered_id(uint8_t kind, const uint8_t *subject, uint64_t number, cstn__vault_id *out)
{
	out->bytes[0] = kind;
	memcpy(out->bytes + 1, subject, CSTN__VAULT_HASH);
	for (size_t i = 0; i < 8; i++)
		out->bytes[1 + CSTN__VAULT_HASH + i] = (uint8_t)(number >> 8 * i);
	out->len = 1 + CSTN__VAULT_HASH + 8;
}

void cstn__vault_member_id(const uint8_t *subject, uint64_t number, cstn__vault_id *out)
{
	numbered_id(CSTN__VAULT_MEMBER, subject, number, out);
}

void cstn__vault_erasure_id(const uint8_t *subject, uint64_t number, cstn__vault_id *out)
{
	numbered_id(CSTN__VAULT_ERASURE, subject, number, out);
}

void cstn__vault_meta_id(const char *name, cstn__vault_id *out)
{
	out->bytes[0] = CSTN__VAULT_META;
	out->len = 1 + strlen(name);
	memcpy(out->bytes + 1, name, out->len - 1);
}

/* --- search ----------------------------------------------------------------------------------- */

int64_t cstn__vault_field(const cstn_vault *vault, const char *path, int32_t form)
{
	parts of = {.size = 0};
	uint8_t hash[16];

	put_text(&of, path);
	put_number(&of, (uint32_t)form, 4);
	keyed_hash(vault->keys->search, &of, hash, sizeof(hash));
	return (int64_t)(read_number(hash, 8) >> 1 | 1); /* never 0, which is none */
}

uint64_t cstn__vault_search_hash(
		const cstn_vault *vault, const char *path, const uint8_t *form, size_t size)
{
	uint8_t key[CSTN__VAULT_KEY], hash[crypto_auth_hmacsha256_BYTES];
	parts of = {.size = 0};

	put_text(&of, path);
	keyed_hash(vault->keys->search, &of, key, sizeof(key));
	crypto_auth_hmacsha256(hash, form, size, key);
	cstn__wipe(key, sizeof(key));
	return read_number(hash, 8);
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Of a head that is written but for its nonce. */
static void cell_aad(const uint8_t *head, const cstn__vault_place *place, parts *out)
{
	out->size = 0;
	put_text(out, place->record);
	put_text(out, place->path);
	put_number(out, place->schema_version, 4);
	put_bytes(out, head, CSTN__VAULT_SEALED_HEAD - CSTN__VAULT_NONCE);
}

cstn_status cstn__vault_encrypt(cstn_vault *vault, const uint8_t *key, const uint8_t *subject,
		const cstn_vault_cell *cell, uint8_t *out, cstn_error **error)
{
	const cstn__vault_place place = {cell->record, cell->path, cell->schema_version};
	uint8_t *nonce = out + CSTN__VAULT_SEALED_HEAD - CSTN__VAULT_NONCE;
	parts head = {.size = 0}, aad;
	cstn_status status;

	put_number(&head, SEALED_VERSION, 2);
	put_number(&head, (uint32_t)cell->category, 2);
	put_number(&head, CSTN__VAULT_KEY_VERSION, 4);
	put_bytes(&head, subject, CSTN__VAULT_HASH);
	memcpy(out, head.bytes, head.size);
	status = cstn__vault_random(vault, nonce, CSTN__VAULT_NONCE, error);
	if (status != CSTN_OK)
		return status;
	cell_aad(out, &place, &aad);
	cstn__aead_seal((cstn__slice){key, CSTN__VAULT_KEY},
			(cstn__slice){nonce, CSTN__VAULT_NONCE}, (cstn__slice){aad.bytes, aad.size},
			(cstn__slice){cell->value, cell->value_size},
			out + CSTN__VAULT_SEALED_HEAD);
	return CSTN_OK;
}

int cstn__vault_decrypt(const uint8_t *key, const uint8_t *sealed, size_t size,
		const cstn__vault_place *place, uint8_t *value)
{
	parts aad;

	cell_aad(sealed, place, &aad);
	return cstn__aead_open((cstn__slice){key, CSTN__VAULT_KEY},
			(cstn__slice){sealed + CSTN__VAULT_SEALED_HEAD - CSTN__VAULT_NONCE,
					CSTN__VAULT_NONCE},
			(cstn__slice){aad.bytes, aad.size},
			(cstn__slice){sealed + CSTN__VAULT_SEALED_HEAD,
					size - CSTN__VAULT_SEALED_HEAD},
			value);
}
