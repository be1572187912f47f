/* Decimals, times, forms and calendars in text. The first byte picks which. */
#include "fuzz.h"

static void decimal(const char *text, size_t len, int32_t scale)
{
	int64_t value = 0;
	int64_t again = 0;
	char back[64];
	cstn_error *error = NULL;
	cstn_status status = cstn_decimal_parse(
			text, len, scale, '.', scale % 2 ? ',' : 0, &value, &error);

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	MUST(cstn_decimal_format(value, scale, back, sizeof(back)) < sizeof(back));
	MUST(cstn_decimal_parse(back, strlen(back), scale, '.', 0, &again, NULL) == CSTN_OK);
	MUST(value == again);
}

static void time_text(const char *text, size_t len, const char *form)
{
	int64_t us = 0;
	int64_t again = 0;
	char back[64];
	cstn_error *error = NULL;
	cstn_status status = cstn_time_parse(text, len, form, 3600, &us, &error);

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	MUST(cstn_time_format(us, back, sizeof(back)) < sizeof(back));
	MUST(cstn_time_parse(back, strlen(back), NULL, 0, &again, NULL) == CSTN_OK);
	MUST(us == again);
}

/* Any form, with a text of its own after the first '|'. */
static void any_form(const char *text, size_t len)
{
	const char *bar = memchr(text, '|', len);
	char form[128];

	if (bar == NULL || (size_t)(bar - text) >= sizeof(form))
		return;
	memcpy(form, text, (size_t)(bar - text));
	form[bar - text] = 0;
	time_text(bar + 1, len - (size_t)(bar - text) - 1, form);
}

static void calendar(const char *text, size_t len)
{
	cstn_calendar *made = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_calendar_parse(text, len, NULL, &made, &error);
	int32_t day;

	fuzz_check_error(status, error);
	MUST((made != NULL) == (status == CSTN_OK));
	for (day = 19000; made != NULL && day < 19030; day++) {
		int32_t next = cstn_calendar_next_working(made, day);

		MUST(next >= day);
		MUST((next == day) == (cstn_calendar_is_working(made, day) == 1));
		MUST(cstn_calendar_working_between(made, day, day) == 0);
		MUST(cstn_calendar_working_between(made, day, day + 7) ==
				-cstn_calendar_working_between(made, day + 7, day));
	}
	cstn_calendar_unref(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const forms[] = {
			"DD.MM.YYYY", "DD-Mon-YY", "M/D/YY hh:mm", "YYYYMMDDhhmmss"};
	const char *text = (const char *)data + 1;
	size_t len = size - 1;

	if (size == 0)
		return 0;
	switch (data[0] % 8) {
	case 0:
		decimal(text, len, data[0] / 8 % 19);
		break;
	case 1:
		time_text(text, len, NULL);
		break;
	case 2:
		any_form(text, len);
		break;
	case 3:
		calendar(text, len);
		break;
	default:
		time_text(text, len, forms[data[0] % 4]);
		break;
	}
	return 0;
}
