/* Which rows of a chunk a scan shows: filters and deaths clear bits of a bitmap.
 *
 * Ranges are evaluated 64 rows a word without branches. Nulls fit no filter. */
#include "store/scan.h"

#include <string.h>

#include "base/bitmap.h"

static uint64_t range_word(const int64_t *numbers, size_t n, int64_t min, int64_t max)
{
	uint64_t span = (uint64_t)max - (uint64_t)min, word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)((uint64_t)numbers[i] - (uint64_t)min <= span) << i;
	return word;
}

static void clear_range(cstn__scan *scan, const cstn__values *values, int64_t min, int64_t max)
{
	for (uint32_t i = 0; i < scan->rows; i += 64) {
		size_t n = scan->rows - i < 64 ? scan->rows - i : 64;

		if (!scan->visible[i / 64])
			continue;
		scan->visible[i / 64] &=
				min > max ? 0 : range_word(values->numbers + i, n, min, max);
		if (values->validity)
			scan->visible[i / 64] &= values->validity[i / 64];
	}
}

static int text_fits(const cstn__values *values, uint64_t row, const cstn__scan_filter *filter)
{
	size_t len;
	const uint8_t *text;

	if (!cstn__values_is_valid(values, row))
		return 0;
	text = cstn__values_text(values, row, &len);
	return len == filter->len && (len == 0 || memcmp(text, filter->text, len) == 0);
}

/* With a dictionary: the code once, then a range of one value. */
static void clear_coded(
		cstn__scan *scan, const cstn__values *values, const cstn__scan_filter *filter)
{
	for (uint64_t code = 0; code < values->dictionary->rows; code++)
		if (text_fits(values->dictionary, code, filter)) {
			clear_range(scan, values, (int64_t)code, (int64_t)code);
			return;
		}
	memset(scan->visible, 0, (scan->rows + 63) / 64 * sizeof(uint64_t));
}

static void clear_text(
		cstn__scan *scan, const cstn__values *values, const cstn__scan_filter *filter)
{
	for (uint32_t i = 0; i < scan->rows; i += 64) {
		uint64_t left = scan->visible[i / 64], word = 0;

		for (; left; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left);

			if (text_fits(values, i + bit, filter))
				word |= UINT64_C(1) << bit;
		}
		scan->visible[i / 64] = word;
	}
}

uint64_t cstn__scan_filter_chunk(cstn__scan *scan, const cstn__scan_filter *filter)
{
	const cstn__values *values = &scan->columns[filter->column].values;
	uint64_t left = 0;

	if (!filter->text)
		clear_range(scan, values, filter->min, filter->max);
	else if (values->dictionary)
		clear_coded(scan, values, filter);
	else
		clear_text(scan, values, filter);
	for (uint32_t i = 0; i < scan->rows; i += 64)
		left += (uint64_t)__builtin_popcountll(scan->visible[i / 64]);
	return left;
}

static void clear_dead_of_page(cstn__scan *scan, const cstn__death_page *page, uint64_t page_row)
{
	for (uint32_t i = 0; i <= page->mask; i++) {
		const cstn__death_slot *slot = &page->slots[i];
		uint32_t held = atomic_load_explicit(&slot->row, memory_order_acquire);
		uint64_t row;

		if (!held || slot->seq > scan->snapshot->seq || slot->until_us > scan->as_of_us)
			continue;
		row = page_row + held - 1;
		if (row < scan->first_row || row - scan->first_row >= scan->rows)
			continue;
		row -= scan->first_row;
		scan->visible[row / 64] &= ~(UINT64_C(1) << row % 64);
	}
}

static void clear_dead_of_part(cstn__scan *scan)
{
	const cstn__deaths *deaths = &scan->part->deaths;
	uint64_t last = (scan->first_row + scan->rows - 1) / CSTN__DEATH_PAGE_ROWS;

	for (uint64_t p = scan->first_row / CSTN__DEATH_PAGE_ROWS; p <= last; p++) {
		const cstn__death_page *page =
				atomic_load_explicit(&deaths->pages[p], memory_order_acquire);

		if (page)
			clear_dead_of_page(scan, page, p * CSTN__DEATH_PAGE_ROWS);
	}
}

void cstn__scan_clear_dead(cstn__scan *scan)
{
	const cstn__memory_chunk *chunk = scan->chunk;
	int64_t until;

	if (scan->part) {
		clear_dead_of_part(scan);
		return;
	}
	if (!atomic_load_explicit(&chunk->n_dead, memory_order_acquire))
		return;
	for (uint32_t row = 0; row < scan->rows; row++)
		if (cstn__memory_dead(chunk, row, scan->snapshot->seq, &until) &&
				until <= scan->as_of_us)
			scan->visible[row / 64] &= ~(UINT64_C(1) << row % 64);
}
