#ifndef CSTN_BASE_CIVIL_H
#define CSTN_BASE_CIVIL_H

#include <stdint.h>

#include <constellation/time.h>

/* Hinnant's algorithms, no checks. */
int32_t cstn__days_of(int32_t year, int32_t month, int32_t day);
void cstn__civil_of(int32_t days, int32_t *year, int32_t *month, int32_t *day);
static inline int64_t cstn__floor_div(int64_t a, int64_t b) /* b > 0 */
{
	int64_t q = a / b;
	return q - (a % b < 0);
}
static inline int32_t cstn__day_of_us(int64_t us)
{
	return (int32_t)cstn__floor_div(us, CSTN_DAY_US);
}

/* Start of the calendar period a day lies in, as a day; weekday gives 1 (Monday) .. 7. */
#define CSTN__PERIOD_DAY 1
#define CSTN__PERIOD_WEEK 2
#define CSTN__PERIOD_MONTH 3
#define CSTN__PERIOD_QUARTER 4
#define CSTN__PERIOD_YEAR 5
#define CSTN__PERIOD_WEEKDAY 6
int32_t cstn__period_of(int32_t days, int32_t period);

/* Fast text forms for readers: a compiled form of cstn_time_parse(). */
typedef struct cstn__time_form {
	uint8_t n;
	uint8_t iso;
	uint8_t has_time;
	uint8_t reserved;
	struct {
		uint8_t kind;
		char literal;
	} parts[40];
} cstn__time_form;
int cstn__time_form_compile(const char *form, cstn__time_form *out); /* NULL = ISO 8601; 0 or -1 */
#define CSTN__WALL 1 /* returned by _read: the text had no zone, *us is wall clock */
int cstn__time_form_read(const cstn__time_form *form, const char *text, size_t len,
		int64_t *us); /* 0 instant, CSTN__WALL, or -1 */

#endif
