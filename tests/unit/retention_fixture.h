#ifndef TESTS_RETENTION_FIXTURE_H
#define TESTS_RETENTION_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/retention.h>

/* Days of tests are counted from 2026-01-01, which is DAY0. */
#define DAY0 20454

/* "1 0 5.00;2 3 1.00": customer, day after DAY0, value; and more as the flags say, in that order.
 */
#define SHOP_QUANTITY 1u
#define SHOP_ORDER 2u
#define SHOP_ITEM 4u
#define SHOP_FIRST 8u /* day after DAY0 of the true first purchase; ~ unknown */
#define SHOP_TEXT_IDS 16u
#define SHOP_CANCELLED 32u
void shop_stream(const char *rows, uint32_t flags, struct ArrowArrayStream *out);
/* A state that has orders and items where the rows have. To be freed. */
cstn_retention *shop_new(uint32_t flags);
void shop_add(cstn_retention *state, const char *rows, uint32_t flags);
cstn_retention *shop_of(const char *rows, uint32_t flags);

/* Windows [0, 10) and [10, 20) days after DAY0, as of day 19. */
cstn_retention_question question_of(void);
/* A table as text, see rows_show(); days are those since 1970. To be freed. */
char *ask(const cstn_retention *state, int32_t table, const cstn_retention_question *question);
/* The text must be this. */
void expect_table(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, const char *expected);

/* Random rows of 37 customers, returns among them, as text for shop_stream(): rows `from` to `to`
 * of the sequence of a seed. To be freed. */
char *shop_random(uint64_t seed, size_t from, size_t to, uint32_t flags);

#endif
