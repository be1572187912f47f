/* A stage summary as bytes, and back, in the envelope of base/envelope.h with the digest of the
 * policy.
 *
 * The body is as-of time, known time, period, then the counts in the order of the struct,
 * histograms as pairs of bucket and count, and the stays in CRISIS by rising duration. Bytes that
 * come back are not trusted: lengths, order and signs are checked. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "customer/stage_events.h"
#include "customer/stage_summary.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "stage summary", CSTN__KIND_STAGES, 1};

static void put_i64(cstn__bytes *out, int64_t value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_counts(cstn__bytes *out, const int64_t *counts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_i64(out, counts[i]);
}

static void put_buckets(cstn__bytes *out, const int64_t counts[CSTN__DURATION_BUCKETS])
{
	uint32_t i, n = 0;

	for (i = 0; i < CSTN__DURATION_BUCKETS; i++)
		n += counts[i] != 0;
	cstn__bytes_put_u32(out, n);
	for (i = 0; i < CSTN__DURATION_BUCKETS; i++)
		if (counts[i]) {
			cstn__bytes_put_u32(out, i);
			put_i64(out, counts[i]);
		}
}

static void put_body(cstn__bytes *out, const cstn_stage_summary *summary)
{
	size_t i;

	put_i64(out, summary->as_of_us);
	put_i64(out, summary->known_us);
	cstn__bytes_put_u32(out, (uint32_t)summary->period_days);
	put_i64(out, summary->customers);
	put_counts(out, summary->at, CSTN_STAGE_COUNT);
	for (i = 0; i < CSTN_STAGE_COUNT; i++) {
		cstn__u128 bits = (cstn__u128)summary->ended_us[i];

		put_counts(out, summary->moves[i], CSTN_STAGE_COUNT);
		put_counts(out, summary->periods[i], CSTN_STAGE_COUNT);
		cstn__bytes_put_u64(out, (uint64_t)bits);
		cstn__bytes_put_u64(out, (uint64_t)(bits >> 64));
		put_buckets(out, summary->ended[i]);
	}
	cstn__bytes_put_u64(out, summary->crisis.count);
	for (i = 0; i < summary->crisis.count; i++) {
		const cstn__crisis_stay *stay = &summary->crisis.items[i];

		put_i64(out, stay->us);
		put_i64(out, stay->recovered);
		put_i64(out, stay->left);
		put_i64(out, stay->censored);
	}
}

cstn_status cstn_stage_summary_serialize(
		const cstn_stage_summary *summary, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;

	if (!summary || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				summary ? "out is NULL" : "summary is NULL");
	cstn__bytes_init(&body, &summary->allocator);
	put_body(&body, summary);
	return cstn__envelope_close_as(&envelope, &body, summary->digest, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t read_i64(cstn__reader *from)
{
	return (int64_t)cstn__read_u64(from);
}

/* Counts are not negative. */
static void read_counts(cstn__reader *from, int64_t *counts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		counts[i] = read_i64(from);
		/* sums of 512 of them fit */
		from->failed |= counts[i] < 0 || counts[i] > INT64_MAX / 1024;
	}
}

static void read_buckets(cstn__reader *from, int64_t counts[CSTN__DURATION_BUCKETS])
{
	uint32_t n = cstn__read_u32(from), i, at, before = 0;

	from->failed |= n > CSTN__DURATION_BUCKETS;
	for (i = 0; i < n && !from->failed; i++) {
		at = cstn__read_u32(from);
		from->failed |= at >= CSTN__DURATION_BUCKETS || (i && at <= before);
		if (from->failed)
			return;
		read_counts(from, &counts[at], 1);
		from->failed |= counts[at] == 0;
		before = at;
	}
}

static cstn_status read_crisis(cstn__reader *from, cstn_stage_summary *summary, cstn_error **error)
{
	uint64_t n = cstn__read_u64(from), i;

	if (from->failed || n > (from->size - from->position) / 32) {
		from->failed = 1;
		return CSTN_OK;
	}
	if (cstn__array_reserve(&summary->allocator, &summary->crisis, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		cstn__crisis_stay *stay = &summary->crisis.items[i];
		int64_t counts[3];

		stay->us = read_i64(from);
		read_counts(from, counts, 3);
		stay->recovered = counts[0];
		stay->left = counts[1];
		stay->censored = counts[2];
		from->failed |= stay->us < 0 || (i && stay->us <= stay[-1].us) ||
				counts[0] + counts[1] + counts[2] == 0;
	}
	summary->crisis.count = summary->settled = n;
	return CSTN_OK;
}

static cstn_status read_body(cstn__reader *from, cstn_stage_summary *summary, cstn_error **error)
{
	cstn_status status;
	size_t i;

	summary->as_of_us = read_i64(from);
	summary->known_us = read_i64(from);
	summary->period_days = (int32_t)cstn__read_u32(from);
	from->failed |= summary->period_days <= 0 || summary->as_of_us < -CSTN__STAGE_INSTANT_MAX ||
			summary->as_of_us > CSTN__STAGE_INSTANT_MAX;
	read_counts(from, &summary->customers, 1);
	read_counts(from, summary->at, CSTN_STAGE_COUNT);
	for (i = 0; i < CSTN_STAGE_COUNT; i++) {
		cstn__u128 bits;

		read_counts(from, summary->moves[i], CSTN_STAGE_COUNT);
		read_counts(from, summary->periods[i], CSTN_STAGE_COUNT);
		bits = cstn__read_u64(from);
		bits |= (cstn__u128)cstn__read_u64(from) << 64;
		summary->ended_us[i] = (cstn__i128)bits;
		from->failed |= summary->ended_us[i] < 0;
		read_buckets(from, summary->ended[i]);
	}
	status = read_crisis(from, summary, error);
	if (status == CSTN_OK && (from->failed || from->position != from->size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a stage summary breaks its rules at byte %zu",
				from->position);
	return status;
}

cstn_status cstn_stage_summary_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_summary **out, cstn_error **error)
{
	cstn_stage_summary *summary = NULL;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK)
		status = cstn__stage_summary_new(&from.allocator, NULL, NULL, &summary, error);
	if (status != CSTN_OK)
		return status;
	memcpy(summary->digest, from.digest, sizeof(summary->digest));
	status = read_body(&from.body, summary, error);
	if (status == CSTN_OK)
		*out = summary;
	else
		cstn_stage_summary_free(summary);
	return status;
}
