/* Witnesses (C2SP tlog-cosignature): partners who sign that a log only grew.
 *
 * A witness keeps, for every log, the size and root that it signed last. It signs another
 * checkpoint only if that is as large or larger and a proof shows that nothing before has changed;
 * and only after the new size and root are kept, so that a crash cannot make it sign two views of
 * one log. Checkpoints that enough witnesses signed cannot be shown to one partner and hidden from
 * another. */
#include <inttypes.h>
#include <string.h>

#include <sodium/crypto_sign_ed25519.h>

#include "base/alloc.h"
#include "base/error.h"
#include "ledger/signed_checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

static cstn_status check_options(
		const cstn_witness_options *given, cstn_witness_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*out), sizeof(*out), 0, "cstn_witness_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->last_size && !out->last_root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"last_size is %" PRIu64 " and last_root is NULL", out->last_size);
	if (!out->last_size && (out->last_root || out->n_proof))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a root or a proof from size 0, which every log grew from");
	return CSTN_OK;
}

/* Did the log only grow? */
static cstn_status check_growth(
		const cstn_checkpoint *now, const cstn_witness_options *options, cstn_error **error)
{
	uint64_t last = options->last_size;

	if (!last)
		return CSTN_OK;
	if (now->size < last)
		return cstn__fail(error, CSTN_E_SPLIT_VIEW,
				"the log has %" PRIu64 " entries, it had %" PRIu64, now->size,
				last);
	if (now->size == last && memcmp(now->root, options->last_root, CSTN__HASH) != 0)
		return cstn__fail(error, CSTN_E_SPLIT_VIEW,
				"two roots of the log's %" PRIu64 " entries", last);
	return cstn_merkle_verify_consistency(last, now->size, options->last_root, now->root,
			options->proof, options->n_proof, error);
}

static cstn_status put_cosignature(const cstn__note_key *key, int64_t time_s, const char *text,
		size_t len, const cstn_allocator *memory, cstn_buffer **out, cstn_error **error)
{
	uint8_t bytes[CSTN__TIMED_SIGNATURE];
	cstn__bytes message, line;
	int i;

	cstn__bytes_init(&message, memory);
	cstn__bytes_init(&line, memory);
	cstn__cosigned_message(&message, (uint64_t)time_s, text, len);
	if (!message.failed) {
		memcpy(bytes, key->id, CSTN__KEY_ID);
		for (i = 0; i < 8; i++)
			bytes[CSTN__KEY_ID + i] = (uint8_t)((uint64_t)time_s >> (56 - 8 * i));
		crypto_sign_ed25519_detached(bytes + CSTN__KEY_ID + 8, NULL, message.data,
				message.size, key->secret);
		cstn__signature_line_put(&line, key, bytes, sizeof(bytes));
	}
	line.failed |= message.failed;
	cstn__bytes_free(&message);
	return cstn__bytes_to_buffer(&line, out, error);
}

/* Verify, have it kept, sign. */
static cstn_status cosign(const cstn_note *note, const cstn__note_key *key, int64_t time_s,
		const cstn_witness_options *options, const cstn_allocator *memory,
		cstn_buffer **out, cstn_error **error)
{
	cstn_checkpoint now = CSTN_CHECKPOINT_INIT;
	cstn_status status;
	size_t len;
	const char *text = cstn_note_text(note, &len);

	status = cstn_checkpoint_parse(text, len, &now, error);
	if (status == CSTN_OK)
		status = check_growth(&now, options, error);
	if (status != CSTN_OK)
		return status;
	if (options->store) {
		status = options->store(
				options->user, now.origin, now.origin_len, now.size, now.root);
		if (status != CSTN_OK)
			return cstn__fail(error, status,
					"the size and root of the log could not be kept; nothing "
					"is "
					"signed");
	}
	return put_cosignature(key, time_s, text, len, memory, out, error);
}

cstn_status cstn_witness_cosign(const char *checkpoint, size_t checkpoint_len,
		const char *const *verifiers, size_t n_verifiers, const char *signer,
		int64_t time_s, const cstn_witness_options *options,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_witness_options read;
	cstn_allocator memory;
	cstn_note *note = NULL;
	cstn__note_key key = {0};
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (time_s < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"time_s is %" PRId64 ", before 1970", time_s);
	status = check_options(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn_note_open(checkpoint, checkpoint_len, verifiers, n_verifiers, &memory,
				&note, error);
	if (status == CSTN_OK)
		status = cstn__signer_read(signer, &key, error);
	if (status == CSTN_OK && key.type != CSTN_NOTE_KEY_WITNESS)
		status = cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "the signer is no witness's key");
	if (status == CSTN_OK)
		status = cosign(note, &key, time_s, &read, &memory, out, error);
	cstn__wipe(&key, sizeof(key));
	cstn_note_free(note);
	return status;
}

cstn_status cstn_witness_count(const char *checkpoint, size_t checkpoint_len,
		const char *const *witnesses, size_t n_witnesses, int64_t from_s, int64_t until_s,
		const cstn_allocator *allocator, size_t *count, cstn_error **error)
{
	cstn_allocator memory;
	cstn__note_keys keys;
	cstn_note *note = NULL;
	cstn_status status;
	size_t found = 0, i;

	if (!count)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "count is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__verifiers_read(witnesses, n_witnesses, &memory, &keys, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < keys.n && status == CSTN_OK; i++)
		if (keys.key[i].type != CSTN_NOTE_KEY_WITNESS)
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"key %zu is no witness's", i);
	if (status == CSTN_OK)
		status = cstn__note_read(checkpoint, checkpoint_len, keys.key, keys.n, 1, &memory,
				&note, error);
	cstn__keys_free(&keys);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < cstn_note_verified_count(note); i++) {
		int64_t at = cstn_note_time_s(note, i);

		found += at >= from_s && at < until_s;
	}
	cstn_note_free(note);
	*count = found;
	return CSTN_OK;
}
