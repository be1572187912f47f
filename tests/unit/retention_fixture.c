#include "retention_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "purchase_rows.h"
#include "table/export.h"

/* --- rows ------------------------------------------------------------------------------------- */

static void add_id(cstn__table_builder *table, const char *name, uint32_t flags)
{
	cstn__table_add_column(table, name,
			flags & SHOP_TEXT_IDS ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64, 0, 1);
}

static void put_id(cstn__table_builder *table, int32_t column, uint32_t flags, const char *text,
		size_t len)
{
	char id[32];

	if (len == 1 && *text == '~')
		cstn__table_put_null(table, column);
	else if (flags & SHOP_TEXT_IDS)
		cstn__table_put_text(table, column, id,
				(size_t)snprintf(id, sizeof(id), "c%.*s", (int)len, text));
	else
		cstn__table_put_i64(table, column, strtoll(text, NULL, 10));
}

/* The next word of a row. */
static const char *word(const char **at, size_t *len)
{
	const char *begin;

	*at += strspn(*at, " ");
	begin = *at;
	*len = strcspn(begin, " ;");
	ck_assert_uint_gt(*len, 0);
	*at += *len;
	return begin;
}

static int64_t minor_of(const char *text)
{
	double value = strtod(text, NULL) * 100.0;

	return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

static void put_row(cstn__table_builder *table, const char **at, uint32_t flags)
{
	int32_t column = 3;
	const char *text;
	size_t len;

	text = word(at, &len);
	put_id(table, 0, flags, text, len);
	text = word(at, &len);
	cstn__table_put_i64(table, 1, DAY0 + strtoll(text, NULL, 10));
	text = word(at, &len);
	cstn__table_put_i64(table, 2, minor_of(text));
	if (flags & SHOP_QUANTITY) {
		text = word(at, &len);
		cstn__table_put_i64(table, column++, strtoll(text, NULL, 10));
	}
	if (flags & SHOP_ORDER) {
		text = word(at, &len);
		put_id(table, column++, flags, text, len);
	}
	if (flags & SHOP_ITEM) {
		text = word(at, &len);
		put_id(table, column++, flags, text, len);
	}
	if (flags & SHOP_FIRST) {
		text = word(at, &len);
		if (*text == '~')
			cstn__table_put_null(table, column++);
		else
			cstn__table_put_i64(table, column++, DAY0 + strtoll(text, NULL, 10));
	}
	if (flags & SHOP_CANCELLED) {
		text = word(at, &len);
		cstn__table_put_i64(table, column, strtoll(text, NULL, 10));
	}
}

void shop_stream(const char *rows, uint32_t flags, struct ArrowArrayStream *out)
{
	cstn__table_builder *table;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	add_id(table, "customer", flags);
	cstn__table_add_column(table, "day", CSTN_TYPE_DAYS, 0, 0);
	cstn__table_add_column(table, "value", CSTN_TYPE_DECIMAL, 2, 0);
	if (flags & SHOP_QUANTITY)
		cstn__table_add_column(table, "quantity", CSTN_TYPE_INT64, 0, 0);
	if (flags & SHOP_ORDER)
		add_id(table, "order", flags);
	if (flags & SHOP_ITEM)
		add_id(table, "item", flags);
	if (flags & SHOP_FIRST)
		cstn__table_add_column(table, "first_purchase_day", CSTN_TYPE_DAYS, 0, 1);
	if (flags & SHOP_CANCELLED)
		cstn__table_add_column(table, "cancelled", CSTN_TYPE_FLAG, 0, 0);
	while (*rows) {
		put_row(table, &rows, flags);
		rows += *rows == ';';
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

cstn_retention *shop_new(uint32_t flags)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention *state = NULL;

	if (flags & SHOP_ORDER)
		config.flags |= CSTN_RETENTION_ORDERS;
	if (flags & SHOP_ITEM)
		config.flags |= CSTN_RETENTION_ITEMS;
	ck_assert_int_eq(cstn_retention_new(&config, NULL, &state, NULL), CSTN_OK);
	return state;
}

void shop_add(cstn_retention *state, const char *rows, uint32_t flags)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	shop_stream(rows, flags, &stream);
	status = cstn_retention_update(state, &stream, NULL, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

cstn_retention *shop_of(const char *rows, uint32_t flags)
{
	cstn_retention *state = shop_new(flags);

	shop_add(state, rows, flags);
	return state;
}

char *shop_random(uint64_t seed, size_t from, size_t to, uint32_t flags)
{
	char *out = calloc((to - from) * 96 + 1, 1), *at = out;
	size_t i;

	ck_assert_ptr_nonnull(out);
	for (i = from; i < to; i++) {
		uint64_t r = cstn__random_u64(seed, 2 * i), s = cstn__random_u64(seed, 2 * i + 1);
		int64_t customer = (int64_t)(r % 37) * 5 - 20;

		at += sprintf(at, "%lld %d %.2f", (long long)customer, (int)(r >> 8 & 31) - 5,
				(double)((int64_t)(r >> 16 & 4095) - 900) / 100.0);
		if (flags & SHOP_QUANTITY)
			at += sprintf(at, " %d", (int)(r >> 30 & 7) - 1);
		if (flags & SHOP_ORDER)
			at += sprintf(at, " %d", (int)(r >> 40 & 63));
		if (flags & SHOP_ITEM)
			at += sprintf(at, " %d", (int)(r >> 48 & 7));
		if (flags & SHOP_FIRST) {
			if (s & 3)
				at += sprintf(at, " ~");
			else
				at += sprintf(at, " %d", (int)(s >> 8 & 31) - 20);
		}
		if (flags & SHOP_CANCELLED)
			at += sprintf(at, " %d", (s >> 20 & 15) == 0);
		if (i + 1 < to)
			*at++ = ';';
	}
	return out;
}

/* --- questions -------------------------------------------------------------------------------- */

cstn_retention_question question_of(void)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;

	question.as_of_days = DAY0 + 19;
	question.base_from_days = DAY0;
	question.base_to_days = question.next_from_days = DAY0 + 10;
	question.next_to_days = DAY0 + 20;
	return question;
}

char *ask(const cstn_retention *state, int32_t table, const cstn_retention_question *question)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_retention_export(state, table, question, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return rows_show(&stream);
}

void expect_table(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, const char *expected)
{
	char *text = ask(state, table, question);

	ck_assert_str_eq(text, expected);
	free(text);
}
