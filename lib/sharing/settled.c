/* Settled checkpoints: enough parties of a constellation have witnessed them.
 *
 * A witness signs a checkpoint only of a log that grew from what it saw last
 * (lib/ledger/witness.c). So a log that shows two histories finds for the second only witnesses
 * that have not seen the first. Each key of the book counts for its party in its own window, cut to
 * what the policy takes.
 *
 * Cost: a pass over the book, a note read and a verification a key. */
#include <inttypes.h>
#include <string.h>

#include <constellation/shared_log.h>

#include "base/alloc.h"
#include "base/error.h"

#define US INT64_C(1000000)

static cstn_status check_policy(
		const cstn_settle_policy *given, cstn_settle_policy *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*out), sizeof(*out), 0, "cstn_settle_policy", out, error);
	size_t i, k;

	if (status != CSTN_OK)
		return status;
	if (!out->keys || !out->parties)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "keys or parties is NULL");
	if (out->least < 1 || out->least > out->n_parties)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu of %zu witnesses; at least 1, at most all", out->least,
				out->n_parties);
	if (out->max_age_us < 0 || out->ahead_us < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"max_age_us or ahead_us is negative");
	for (i = 0; i < out->n_parties; i++) {
		if (!out->parties[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "party %zu is NULL", i);
		for (k = 0; k < i; k++)
			if (strcmp(out->parties[i], out->parties[k]) == 0)
				return cstn__fail(error, CSTN_E_DUPLICATE,
						"party '%.64s' is a witness twice",
						out->parties[i]);
	}
	return CSTN_OK;
}

/* The first second that is not before an instant, and the last that is not after it. */
static int64_t second_from(int64_t us)
{
	return us / US + (us % US > 0);
}

static int64_t second_until(int64_t us)
{
	return us / US - (us % US < 0);
}

static size_t party_number(const cstn_settle_policy *policy, const char *party)
{
	size_t i = 0;

	while (i < policy->n_parties && strcmp(policy->parties[i], party) != 0)
		i++;
	return i;
}

/* Seconds in which a signature of a key counts: [*from, *until). */
static void window_of(const cstn_settle_policy *policy, const cstn_party_key *key, int64_t now_us,
		int64_t *from, int64_t *until)
{
	int64_t oldest = INT64_MIN, latest;

	if (policy->max_age_us && __builtin_sub_overflow(now_us, policy->max_age_us, &oldest))
		oldest = INT64_MIN;
	if (__builtin_add_overflow(now_us, policy->ahead_us, &latest))
		latest = INT64_MAX;
	*from = second_from(key->from_us > oldest ? key->from_us : oldest);
	*until = second_until(latest) + 1;
	if (key->until_us != INT64_MAX && second_from(key->until_us) < *until)
		*until = second_from(key->until_us);
}

static cstn_status count_parties(const cstn_settle_policy *policy, const char *checkpoint,
		size_t len, int64_t now_us, const cstn_allocator *memory, uint8_t *signed_by,
		size_t *count, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, n = cstn_party_keys_count(policy->keys);

	for (i = 0, *count = 0; i < n && status == CSTN_OK; i++) {
		cstn_party_key key = CSTN_PARTY_KEY_INIT;
		int64_t from, until;
		size_t party, found;

		status = cstn_party_keys_at(policy->keys, i, &key, error);
		if (status != CSTN_OK || key.use != CSTN_PARTY_KEY_WITNESS)
			continue;
		party = party_number(policy, key.party);
		if (party == policy->n_parties || signed_by[party])
			continue;
		window_of(policy, &key, now_us, &from, &until);
		status = cstn_witness_count(checkpoint, len, &key.verifier, 1, from, until, memory,
				&found, error);
		if (status == CSTN_OK && found) {
			signed_by[party] = 1;
			++*count;
		}
	}
	return status;
}

cstn_status cstn_checkpoint_settled(const char *checkpoint, size_t checkpoint_len,
		const cstn_settle_policy *policy, int64_t now_us, const cstn_allocator *allocator,
		size_t *count, cstn_error **error)
{
	cstn_settle_policy own;
	cstn_allocator memory;
	uint8_t *signed_by;
	size_t found = 0;
	cstn_status status = check_policy(policy, &own, error);

	if (status == CSTN_OK && !checkpoint)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "checkpoint is NULL");
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	signed_by = cstn__alloc_zero(&memory, own.n_parties);
	if (!signed_by)
		return cstn__fail_nomem(error);
	status = count_parties(&own, checkpoint, checkpoint_len, now_us, &memory, signed_by, &found,
			error);
	cstn__free(&memory, signed_by, own.n_parties);
	if (status != CSTN_OK)
		return status;
	if (found < own.least)
		return cstn__fail(error, CSTN_E_UNVERIFIED,
				"%zu of %zu witnesses have signed, %zu must", found, own.n_parties,
				own.least);
	if (count)
		*count = found;
	return CSTN_OK;
}
