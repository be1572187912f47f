#ifndef CSTN_DEMAND_SIGNALS_H
#define CSTN_DEMAND_SIGNALS_H

#include <constellation/demand_signal.h>

#include "demand/cut.h"
#include "demand/gram.h"
#include "demand/series.h"
#include "table/binding.h"

/* Signals: what is declared, what is known of them as of a cut, features made of it, and what they
 * are worth. */

#define CSTN__SIGNAL_COLUMNS_MOST 256
#define CSTN__SIGNAL_POOL_MEAN 8

/* A binding that refuses columns which are not declared, and is else what was given. */
typedef struct cstn__strict_binding_room {
	cstn_binding binding;
	cstn__binding_entry general, *list[1];
} cstn__strict_binding_room;
void cstn__strict_binding(cstn__strict_binding_room *room, const cstn_binding *given);

/* --- what is declared --- */

typedef struct cstn__signals {
	cstn__arena arena;
	size_t n, n_names, n_groups;
	cstn_signal declared[CSTN_SIGNALS_MOST]; /* kind and feature settled, texts copied */
	uint8_t name[CSTN_SIGNALS_MOST], group[CSTN_SIGNALS_MOST]; /* of each */
	const char *names[CSTN_SIGNALS_MOST];
	const char *groups[CSTN_SIGNALS_MOST], *partners[CSTN_SIGNALS_MOST]; /* in order of sight */
	uint8_t assumed[CSTN_SIGNALS_MOST];                                  /* of a group */
} cstn__signals;
cstn_status cstn__signals_read(cstn__signals *signals, const cstn_signal *const *declared, size_t n,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__signals_free(cstn__signals *signals);

/* --- what is known when --- */

/* Availability that no row says. */
#define CSTN__AVAILABLE_UNSAID INT64_MIN

typedef struct cstn__signal_point {
	int64_t period, available_us;
	double value;
	uint64_t row;
	size_t slot;
} cstn__signal_point;

/* Rows of signals by slot: a name for all series, for one, or for a pool. */
typedef struct cstn__signal_book {
	cstn_allocator allocator;
	CSTN__ARRAY(cstn__signal_point) points; /* by slot, period, availability */
	size_t *starts;                         /* of each slot, n_slots + 1 */
	size_t n_slots, n_names, n_keys;
} cstn__signal_book;
/* Slots of a name. */
size_t cstn__signal_slot_all(const cstn__signal_book *book, size_t name);
size_t cstn__signal_slot_key(const cstn__signal_book *book, size_t name, uint32_t key);
size_t cstn__signal_slot_pool(const cstn__signal_book *book, size_t name, uint32_t pool);

/* `rows` is NULL or a stream that stays the caller's; rows that break a rule are added to `sink`.
 */
cstn_status cstn__signal_book_read(cstn__signal_book *book, const cstn__signals *signals,
		const cstn__series_set *set, const cstn_signal_value_options *options,
		struct ArrowArrayStream *rows, cstn__row_sink *sink, cstn_error **error);
void cstn__signal_book_free(cstn__signal_book *book);

enum {
	CSTN__SIGNAL_NONE,
	CSTN__SIGNAL_KNOWN,
	CSTN__SIGNAL_LATE,   /* there is a value, that came after the cut */
	CSTN__SIGNAL_UNSAID, /* there is one, and nothing says when it came */
};
/* The one place that looks at values: what `points` of one period say as of `cut`. `end` is the end
 * of their period; *available_us is that of the value, or of the first that is late. */
int cstn__signal_known(const cstn_signal *declared, const cstn__signal_point *points, size_t n,
		int64_t end, int64_t cut, double *value, int64_t *available_us);

/* --- features --- */

/* Values of one signal for one series: [i] is of period first + i, as known at the cut of the
 * origin for which it would be the newest. NaN: not known. */
typedef struct cstn__signal_values {
	double *x;
	uint8_t *state;        /* CSTN__SIGNAL_.. */
	int64_t *available_us; /* where it is LATE or UNSAID */
} cstn__signal_values;

/* One origin of one series. */
typedef struct cstn__feature_view {
	const double *x;       /* as above */
	const double *ahead;   /* of CSTN_SIGNAL_AS_EVENT: the same for one period earlier */
	size_t n;              /* periods there are */
	size_t target, origin; /* of them; origin may be before the first, and is then SIZE_MAX */
	size_t season, year;
	double level; /* of y, above 0 */
} cstn__feature_view;

size_t cstn__feature_columns(const cstn_signal *declared);
/* The name of a column: "square". */
const char *cstn__feature_name(const cstn_signal *declared, size_t column);
/* The period whose value is the newest that may be used; SIZE_MAX: none. */
size_t cstn__feature_anchor(const cstn_signal *declared, const cstn__feature_view *view);
/* 0, or -1: something that is needed is not known. Finite. */
int cstn__feature_make(const cstn_signal *declared, const cstn__feature_view *view, double *out);

/* --- Shapley values --- */

/* Of g <= CSTN_SIGNAL_GROUPS_EXACT players; loss[mask] is what the players of mask lose. */
void cstn__shapley_exact(const double *loss, size_t g, double *out);
/* Of g <= 64 players by permutations in antithetic pairs. `loss` of a set of players; 0, or -1 to
 * stop. -1: stopped, or out of memory. */
typedef int (*cstn__coalition_loss)(void *context, uint64_t mask, double *out);
int cstn__shapley_sampled(cstn__coalition_loss loss, void *context, size_t g, size_t permutations,
		uint64_t seed, const cstn_allocator *allocator, double *out, double *error);

/* --- losses by origin --- */

typedef struct cstn__origin_loss {
	double sum, weight; /* of errors; what they are divided by */
} cstn__origin_loss;
double cstn__loss_of(int32_t loss, double sum, double weight);
/* 5 and 95 % of the difference of two losses, by blocks of n origins; room for `resamples`. */
void cstn__loss_interval(int32_t loss, const cstn__origin_loss *without,
		const cstn__origin_loss *with, size_t n, size_t block, size_t resamples,
		uint64_t seed, double *room, double *low, double *high);
/* Two-sided p that losses are equal; NaN where nothing varies. */
double cstn__diebold_mariano(int32_t loss, const cstn__origin_loss *without,
		const cstn__origin_loss *with, size_t n, size_t horizon, double *room);

#endif
