/* Which evidence decided on a customer, in words, with dates. A line a part: its verdict, the
 * source with its day and end, and the numbers behind. No number is formatted by the C library,
 * whose decimal point is a locale's. O(log customers). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <constellation/time.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "customer/loyalty_verdict.h"

typedef struct words {
	cstn__bytes out;
	const cstn_loyalty_verdicts *verdicts;
	const cstn__loyalty_verdict *item;
} words;

static void put_day(cstn__bytes *out, int64_t us)
{
	int32_t year, month, day;

	cstn_civil_from_days(cstn__day_of_us(us), &year, &month, &day);
	cstn__bytes_put_format(out, "%04d-%02d-%02d", year, month, day);
}

/* A number of 0 or more to `places` 1 .. 6 decimals, half up. */
static void put_fixed(cstn__bytes *out, double value, int places)
{
	static const int64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	int64_t scaled;

	if (!(value < 1e9)) {
		cstn__bytes_put_text(out, "above 10^9");
		return;
	}
	scaled = (int64_t)floor(value * (double)tens[places] + 0.5);
	cstn__bytes_put_format(out, "%" PRId64 ".%0*" PRId64, scaled / tens[places], places,
			scaled % tens[places]);
}

/* "1 item", "2 items": the noun of a count, with an s where there is not exactly one. */
static void put_count(cstn__bytes *out, int64_t n, const char *noun)
{
	cstn__bytes_put_format(out, "%" PRId64 " %s%s", n, noun, n == 1 ? "" : "s");
}

static void put_part(words *at, int part)
{
	cstn__bytes_put_format(&at->out, "%s%s: %s",
			part == CSTN__PART_PAYS || part == CSTN__PART_TELLS ? "  " : "",
			cstn__loyalty_part_name(part),
			cstn__loyalty_verdict_name(at->item->verdicts[part]));
}

/* ", REVIEW 2 of 5 of 2024-05-01, which counts until 2025-05-01" */
static void put_reason(words *at, const cstn__loyalty_reason *reason, const char *numbers)
{
	cstn__bytes_put_format(&at->out, " by %s%s of ", cstn__loyalty_source_name(reason->source),
			numbers);
	put_day(&at->out, reason->at_us);
	if (reason->expires_us != INT64_MAX) {
		cstn__bytes_put_text(&at->out, ", which counts until ");
		put_day(&at->out, reason->expires_us);
	}
}

static void put_pays(words *at)
{
	const cstn__loyalty_verdict *item = at->item;

	put_part(at, CSTN__PART_PAYS);
	if (item->pays.source >= 0)
		put_reason(at, &item->pays, "");
	else
		cstn__bytes_put_text(
				&at->out, ": no price that was met, and no statement in force");
	cstn__bytes_put_text(&at->out, "; ");
	put_count(&at->out, item->items, "item");
	cstn__bytes_put_text(&at->out, " bought in both windows");
	if (item->items) {
		cstn__bytes_put_text(&at->out, ", prices ");
		put_fixed(&at->out, item->price_index * 100.0, 1);
		cstn__bytes_put_text(&at->out, " % and quantities ");
		put_fixed(&at->out, item->quantity_index * 100.0, 1);
		cstn__bytes_put_text(&at->out, " % of before");
	}
	cstn__bytes_put_text(&at->out, "\n");
}

static void put_tells(words *at)
{
	const cstn__loyalty_verdict *item = at->item;
	char numbers[64] = "";

	put_part(at, CSTN__PART_TELLS);
	if (item->tells.source == CSTN__SAYS_REVIEW)
		snprintf(numbers, sizeof(numbers), " %" PRId64 " of %" PRId64, item->tells.a,
				item->tells.b);
	if (item->tells.source == CSTN__SAYS_OUTREACH)
		snprintf(numbers, sizeof(numbers), ", all of it refused, the last");
	if (item->tells.source >= 0)
		put_reason(at, &item->tells, numbers);
	else
		cstn__bytes_put_text(&at->out, ": no act in force");
	if (item->intends.source >= 0) {
		cstn__bytes_put_format(&at->out, "; answered %" PRId64 " on ", item->intends.a);
		put_day(&at->out, item->intends.at_us);
		cstn__bytes_put_text(&at->out, item->intends.a >= 9
							       ? ", an intention, which is no act"
							       : ", which is no intention");
	}
	cstn__bytes_put_text(&at->out, "\n");
}

static void put_loyal(words *at)
{
	const cstn__loyalty_verdict *item = at->item;

	put_part(at, CSTN__PART_LOYAL);
	if (item->loyal.source < 0) {
		cstn__bytes_put_text(&at->out, ": no purchase occasions are known\n");
		return;
	}
	cstn__bytes_put_format(&at->out, ": %" PRId64 " of ", item->first);
	put_count(&at->out, item->occasions, "occasion");
	cstn__bytes_put_text(&at->out, " came to us first");
	cstn__bytes_put_text(&at->out, item->first < item->occasions ? "; the last that did not"
				       : item->verdicts[CSTN__PART_LOYAL] == CSTN_LOYALTY_YES
						       ? "; the last"
						       : ", too few to tell; the last");
	put_reason(at, &item->loyal, "");
	cstn__bytes_put_text(&at->out, "; posterior mean of the share ");
	put_fixed(&at->out, item->share_mean, 3);
	if (!isnan(item->share_high)) {
		cstn__bytes_put_text(&at->out, ", 0.95 or more with probability ");
		put_fixed(&at->out, item->share_high, 3);
	}
	cstn__bytes_put_text(&at->out, "\n");
}

static void put_habitual(words *at)
{
	const cstn__loyalty_verdict *item = at->item;

	put_part(at, CSTN__PART_HABITUAL);
	cstn__bytes_put_text(&at->out, ": ");
	put_count(&at->out, item->purchase_days, "purchase day");
	cstn__bytes_put_text(&at->out, " in the window");
	if (isnan(item->cycle_days)) {
		cstn__bytes_put_text(&at->out, ", too few to tell\n");
		return;
	}
	cstn__bytes_put_text(&at->out, ", half of the gaps up to ");
	put_fixed(&at->out, item->cycle_days, 1);
	cstn__bytes_put_format(&at->out, " days, the longest %" PRId64 ", ",
			item->longest_us / CSTN_DAY_US);
	if (isinf(item->regularity)) {
		cstn__bytes_put_text(&at->out, "all alike\n");
		return;
	}
	cstn__bytes_put_text(&at->out, "regularity ");
	put_fixed(&at->out, item->regularity, 2);
	cstn__bytes_put_text(&at->out, "\n");
}

static const cstn__loyalty_verdict *find(
		const cstn_loyalty_verdicts *verdicts, const cstn__loyalty_verdict *key)
{
	size_t low = 0, high = verdicts->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = cstn__loyalty_id_order(
				verdicts->customer_is_text, key, &verdicts->items[middle]);

		if (order == 0)
			return &verdicts->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

cstn_status cstn_verdict_explain(const cstn_loyalty_verdicts *verdicts, const char *customer,
		size_t len, cstn_buffer **out, cstn_error **error)
{
	cstn__loyalty_verdict key = {0};
	words at;

	if (!verdicts || !customer || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	if (len == 0 || len > CSTN__IDS_TEXT_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the customer has %zu bytes; 1 .. 64 expected", len);
	if (verdicts->customer_is_text) {
		key.id = (int64_t)(intptr_t)customer;
		key.id_len = (uint32_t)len;
	} else if (cstn__parse_i64(customer, len, &key.id) != 0) {
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"customer '%.*s' is no number, as customers are here", (int)len,
				customer);
	}
	at.verdicts = verdicts;
	at.item = find(verdicts, &key);
	if (!at.item)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "customer '%.*s' is not known", (int)len,
				customer);
	cstn__bytes_init(&at.out, &verdicts->allocator);
	cstn__bytes_put_format(&at.out, "customer %.*s on ", (int)len, customer);
	put_day(&at.out, verdicts->rules.as_of_us);
	cstn__bytes_put_text(
			&at.out, at.item->ordered ? "\n" : ", without an order in the window\n");
	put_part(&at, CSTN__PART_HAPPY);
	cstn__bytes_put_text(&at.out, "\n");
	put_pays(&at);
	put_tells(&at);
	put_loyal(&at);
	put_habitual(&at);
	return cstn__bytes_to_buffer(&at.out, out, error);
}
