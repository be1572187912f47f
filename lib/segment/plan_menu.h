#ifndef CSTN_SEGMENT_PLAN_MENU_H
#define CSTN_SEGMENT_PLAN_MENU_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

/* One option of a menu for each segment: the most value under capacities. */
#define CSTN__MENU_CAPACITIES 3
#define CSTN__MENU_OPTIONS 20 /* a segment */
#define CSTN__MENU_SEGMENTS 1024
#define CSTN__MENU_VALUE_MAX \
	(INT64_C(1) << 42) /* of a value or use, so that sums are exact doubles */

typedef struct cstn__menu_option {
	int64_t value;
	int64_t use[CSTN__MENU_CAPACITIES]; /* 0 or more */
} cstn__menu_option;

typedef struct cstn__menu {
	size_t n;            /* segments */
	const size_t *first; /* n + 1: options of segment i are first[i] .. first[i + 1] - 1 */
	const cstn__menu_option *options; /* 1..20 a segment */
	int32_t capacities;               /* 0..3 */
	int64_t capacity[CSTN__MENU_CAPACITIES];
	int64_t max_nodes;
} cstn__menu;

typedef struct cstn__menu_answer {
	int64_t value, used[CSTN__MENU_CAPACITIES];
	int64_t bound; /* no choice is worth more; equal to value: proved */
	int64_t nodes;
	double price[CSTN__MENU_CAPACITIES]; /* dual of the linear relaxation */
} cstn__menu_answer;

/* `choice` gets n numbers of options. CSTN_E_INVALID_ARGUMENT: no choice fits; CSTN_E_LIMIT: none
 * was found in max_nodes; CSTN_E_NOMEM. The same choice on every machine. */
cstn_status cstn__menu_solve(const cstn__menu *menu, const cstn_allocator *allocator,
		size_t *choice, cstn__menu_answer *answer, cstn_error **error);

#endif
