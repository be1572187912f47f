/* How many runs each partner had in the period at hand.
 *
 * A partner's count begins anew with a period; an instant before the partner's last counts as that
 * one, so that a clock set back wins no run. Kept as bytes in the envelope of states.
 *
 * Cost: a walk over the partners. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "sharing/psi.h"

typedef struct count {
	char partner[65];
	int64_t period;
	uint32_t runs;
} count;

struct cstn_psi_runs {
	cstn_allocator allocator;
	int64_t period_us;
	uint32_t most;
	CSTN__ARRAY(count) list;
};

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "psi runs", CSTN__KIND_PSI_RUNS, 1};
#define CONFIG 12u /* period and most */

static int64_t period_of(const cstn_psi_runs *runs, int64_t now_us)
{
	int64_t period = now_us / runs->period_us;

	return now_us % runs->period_us < 0 ? period - 1 : period;
}

static count *find(const cstn_psi_runs *runs, const char *partner)
{
	for (size_t i = 0; i < runs->list.count; i++)
		if (strcmp(runs->list.items[i].partner, partner) == 0)
			return &runs->list.items[i];
	return NULL;
}

static cstn_status make(const cstn_allocator *allocator, int64_t period_us, uint32_t most,
		cstn_psi_runs **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_psi_runs *runs;
	cstn_status status = cstn__handle_new(allocator, sizeof(*runs), &memory, &runs, error);

	if (status != CSTN_OK)
		return status;
	runs->allocator = memory;
	runs->period_us = period_us;
	runs->most = most;
	*out = runs;
	return CSTN_OK;
}

cstn_status cstn_psi_runs_new(int64_t period_us, uint32_t most, const cstn_allocator *allocator,
		cstn_psi_runs **out, cstn_error **error)
{
	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (period_us <= 0 || most == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a period is longer than 0 and has at least one run");
	return make(allocator, period_us, most, out, error);
}

void cstn_psi_runs_free(cstn_psi_runs *runs)
{
	cstn_allocator allocator;

	if (!runs)
		return;
	allocator = runs->allocator;
	cstn__array_free(&allocator, &runs->list);
	cstn__free(&allocator, runs, sizeof(*runs));
}

uint32_t cstn_psi_runs_left(const cstn_psi_runs *runs, const char *partner, int64_t now_us)
{
	const count *one = runs && partner ? find(runs, partner) : NULL;

	if (!runs || !partner)
		return 0;
	if (!one || period_of(runs, now_us) > one->period)
		return runs->most;
	return one->runs < runs->most ? runs->most - one->runs : 0;
}

cstn_status cstn__psi_runs_charge(
		cstn_psi_runs *runs, const char *partner, int64_t now_us, cstn_error **error)
{
	count *one = find(runs, partner);

	if (!one) {
		if (cstn__array_reserve(&runs->allocator, &runs->list, 1))
			return cstn__fail_nomem(error);
		one = &runs->list.items[runs->list.count++];
		memset(one, 0, sizeof(*one));
		strcpy(one->partner, partner);
		one->period = period_of(runs, now_us);
	}
	if (period_of(runs, now_us) > one->period) {
		one->period = period_of(runs, now_us);
		one->runs = 0;
	}
	if (one->runs >= runs->most)
		return cstn__fail(error, CSTN_E_BUDGET, "all %u runs of the period are spent",
				(unsigned)runs->most);
	one->runs++;
	return CSTN_OK;
}

int cstn__psi_runs_within(const cstn_psi_runs *runs, int64_t calls, int64_t window_us)
{
	return window_us > 0 && runs->most <= calls && runs->period_us % window_us == 0;
}

void cstn__psi_runs_return(cstn_psi_runs *runs, const char *partner)
{
	count *one = find(runs, partner);

	if (one && one->runs)
		one->runs--;
}

cstn_status cstn_psi_runs_serialize(
		const cstn_psi_runs *runs, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;

	if (!runs || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				runs ? "out" : "runs");
	cstn__bytes_init(&body, &runs->allocator);
	cstn__bytes_put_u64(&body, (uint64_t)runs->period_us);
	cstn__bytes_put_u32(&body, runs->most);
	cstn__bytes_put_u64(&body, runs->list.count);
	for (size_t i = 0; i < runs->list.count; i++) {
		const count *one = &runs->list.items[i];

		cstn__bytes_put_block(&body, one->partner, strlen(one->partner));
		cstn__bytes_put_u64(&body, (uint64_t)one->period);
		cstn__bytes_put_u32(&body, one->runs);
	}
	return cstn__envelope_close(&envelope, &body, CONFIG, out, error);
}

static int read_count(cstn__reader *reader, cstn_psi_runs *runs)
{
	size_t len;
	const uint8_t *text = cstn__read_block(reader, &len);
	count *one;

	if (!text || len == 0 || len > 64 || memchr(text, 0, len))
		return -1;
	one = &runs->list.items[runs->list.count];
	memset(one, 0, sizeof(*one));
	memcpy(one->partner, text, len);
	one->period = (int64_t)cstn__read_u64(reader);
	one->runs = cstn__read_u32(reader);
	if (reader->failed || one->runs > runs->most || find(runs, one->partner))
		return -1;
	runs->list.count++;
	return 0;
}

static cstn_status read_list(cstn__reader *reader, cstn_psi_runs *runs, cstn_error **error)
{
	uint64_t n = cstn__read_u64(reader);

	if (reader->failed || n > (reader->size - reader->position) / 21)
		return cstn__fail(error, CSTN_E_CORRUPT, "psi runs: too many partners");
	if (cstn__array_reserve(&runs->allocator, &runs->list, (size_t)n))
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < n; i++)
		if (read_count(reader, runs))
			return cstn__fail(error, CSTN_E_CORRUPT, "psi runs: partner %llu is odd",
					(unsigned long long)i);
	if (reader->position != reader->size)
		return cstn__fail(error, CSTN_E_CORRUPT, "psi runs: bytes behind the end");
	return CSTN_OK;
}

cstn_status cstn_psi_runs_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_psi_runs **out, cstn_error **error)
{
	cstn__opened opened;
	cstn_psi_runs *runs = NULL;
	int64_t period_us;
	uint32_t most;
	cstn_status status = cstn__envelope_unpack(
			&envelope, data, size, out, allocator, &opened, error);

	if (status != CSTN_OK)
		return status;
	period_us = (int64_t)cstn__read_u64(&opened.body);
	most = cstn__read_u32(&opened.body);
	status = cstn__envelope_check(&envelope, &opened.body, opened.digest, CONFIG, error);
	if (status != CSTN_OK)
		return status;
	if (opened.body.failed || period_us <= 0 || most == 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "psi runs: an odd period");
	status = make(&opened.allocator, period_us, most, &runs, error);
	if (status == CSTN_OK)
		status = read_list(&opened.body, runs, error);
	if (status == CSTN_OK)
		*out = runs;
	else
		cstn_psi_runs_free(runs);
	return status;
}
