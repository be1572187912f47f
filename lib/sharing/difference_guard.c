/* What was released to somebody, so that two releases do not tell more than each: the difference of
 * two nested cells is a cell too, and if few rows or few companies are in it, it was never meant to
 * be seen (Denning, Denning and Schwartz, The Tracker, 1979).
 *
 * Cells are bitmaps of row numbers without their empty words. A pair that is not nested is told
 * apart at its first words, mostly. O(words) a pair in the worst case; at most
 * CSTN_DIFFERENCE_CELLS_MOST cells. */
#include "sharing/difference_guard.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

int cstn__row_set_make(
		cstn__row_set *out, const uint64_t *rows, size_t n, const cstn_allocator *allocator)
{
	cstn__row_set set = {n, 0, NULL, NULL};
	size_t i, at;

	for (i = 0; i < n; i++)
		set.n += i == 0 || rows[i] >> 6 != rows[i - 1] >> 6;
	set.place = cstn__alloc(allocator, cstn__array_size(set.n, sizeof(*set.place)));
	set.word = cstn__alloc_zero(allocator, cstn__array_size(set.n, sizeof(*set.word)));
	if (!set.place || !set.word) {
		cstn__row_set_free(&set, allocator);
		return -1;
	}
	for (i = 0, at = 0; i < n; i++) {
		if (i && rows[i] >> 6 != rows[i - 1] >> 6)
			at++;
		set.place[at] = (uint32_t)(rows[i] >> 6);
		set.word[at] |= UINT64_C(1) << (rows[i] & 63);
	}
	*out = set;
	return 0;
}

void cstn__row_set_free(cstn__row_set *set, const cstn_allocator *allocator)
{
	cstn__free(allocator, set->place, cstn__array_size(set->n, sizeof(*set->place)));
	cstn__free(allocator, set->word, cstn__array_size(set->n, sizeof(*set->word)));
	memset(set, 0, sizeof(*set));
}

/* The first place of a set that is not before `place`. */
static size_t find_place(const cstn__row_set *set, uint32_t place)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->place[middle] < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int cstn__row_set_is_within(const cstn__row_set *small, const cstn__row_set *large)
{
	size_t i, j = small->n ? find_place(large, small->place[0]) : 0;

	for (i = 0; i < small->n; i++) {
		while (j < large->n && large->place[j] < small->place[i])
			j++;
		if (j == large->n || large->place[j] != small->place[i] ||
				small->word[i] & ~large->word[j])
			return 0;
	}
	return 1;
}

/* Companies of the rows that `large` has and `small`, which is within it, has not. */
static int64_t companies_between(const cstn__row_set *small, const cstn__row_set *large,
		const cstn__difference_rule *rule, uint8_t *seen)
{
	int64_t count = 0;
	int pass;
	size_t i, j;

	for (pass = 0; pass < 2; pass++) /* the second one clears what the first has marked */
		for (i = 0, j = 0; i < large->n; i++) {
			uint64_t left = large->word[i];

			while (j < small->n && small->place[j] < large->place[i])
				j++;
			if (j < small->n && small->place[j] == large->place[i])
				left &= ~small->word[j];
			for (; left; left &= left - 1) {
				size_t row = (size_t)large->place[i] * 64 +
					     (size_t)__builtin_ctzll(left);
				uint32_t company = rule->company_of[row];

				if (company == CSTN__NO_COMPANY || company == rule->recipient)
					continue;
				count += pass == 0 && !seen[company];
				seen[company] = pass == 0;
			}
		}
	return count;
}

int cstn__difference_shows(const cstn__row_set *a, const cstn__row_set *b,
		const cstn__difference_rule *rule, uint8_t *seen, int64_t *found, int64_t *needed)
{
	const cstn__row_set *small = a->rows < b->rows ? a : b, *large = small == a ? b : a;

	if (a->rows == b->rows || !cstn__row_set_is_within(small, large))
		return 0;
	*found = (int64_t)(large->rows - small->rows);
	*needed = rule->k;
	if (*found < *needed)
		return 1;
	if (!rule->companies)
		return 0;
	*found = companies_between(small, large, rule, seen);
	*needed = rule->companies;
	return *found < *needed;
}

/* --- a guard ---------------------------------------------------------------------------------- */

int cstn__guard_name_is_valid(const char *text, size_t len)
{
	return text && len && len <= CSTN__GUARD_NAME_MOST &&
	       cstn__utf8_is_valid((const uint8_t *)text, len);
}

cstn_status cstn_difference_guard_new(const char *recipient, size_t recipient_len,
		const char *data_set, size_t data_set_len, const cstn_allocator *allocator,
		cstn_difference_guard **out, cstn_error **error)
{
	cstn_difference_guard *guard;
	cstn_allocator memory;
	cstn_status status;

	if (!out || !cstn__guard_name_is_valid(recipient, recipient_len) ||
			!cstn__guard_name_is_valid(data_set, data_set_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"out is NULL, or recipient or data set is no UTF-8 text of 1 to %d "
				"bytes",
				CSTN__GUARD_NAME_MOST);
	status = cstn__handle_new(allocator, sizeof(*guard), &memory, &guard, error);
	if (status != CSTN_OK)
		return status;
	guard->allocator = memory;
	cstn__interner_init(&guard->companies, &memory, 0);
	guard->recipient_len = recipient_len;
	guard->data_set_len = data_set_len;
	guard->recipient = cstn__alloc(&memory, recipient_len);
	guard->data_set = cstn__alloc(&memory, data_set_len);
	if (!guard->recipient || !guard->data_set) {
		cstn_difference_guard_free(guard);
		return cstn__fail_nomem(error);
	}
	memcpy(guard->recipient, recipient, recipient_len);
	memcpy(guard->data_set, data_set, data_set_len);
	*out = guard;
	return CSTN_OK;
}

void cstn_difference_guard_free(cstn_difference_guard *guard)
{
	cstn_allocator allocator;
	size_t i;

	if (!guard)
		return;
	allocator = guard->allocator;
	for (i = 0; i < guard->cells.count; i++)
		cstn__row_set_free(&guard->cells.items[i], &allocator);
	cstn__array_free(&allocator, &guard->cells);
	cstn__array_free(&allocator, &guard->company_of);
	cstn__interner_free(&guard->companies);
	cstn__free(&allocator, guard->recipient, guard->recipient_len);
	cstn__free(&allocator, guard->data_set, guard->data_set_len);
	cstn__free(&allocator, guard, sizeof(*guard));
}

size_t cstn_difference_guard_count(const cstn_difference_guard *guard)
{
	return guard ? guard->cells.count : 0;
}
