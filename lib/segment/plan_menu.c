/* The menu: a multiple-choice knapsack with up to three capacities, by branch and bound.
 *
 * For prices p >= 0 of the capacities, L(p) = p . capacity + sum over segments of the best value -
 * p . use is at least the value of every choice that fits (Lagrange), and its least value over p is
 * that of the linear relaxation, whose only tie between segments are the capacities. That least
 * value is found by column generation (Dantzig and Wolfe 1960): a master problem of one row a
 * capacity and one that weights add up to 1, whose columns are whole choices; its duals are the
 * prices. A node of the search fixes segments; it is left when its bound is not above the best
 * choice found. L(p) holds for any p, so a search direction that rounding spoils costs time, never
 * truth: the bound is taken with a margin above all rounding of its sums, and values are integers.
 *
 * Below a node options are dropped with which even the bound is no better than what was found, and
 * each choice found is improved by single exchanges. Memory: n squared words.
 *
 * Before the search an option is dropped that is worth no more than another of its segment and uses
 * no less of anything. Cost: O(options) a step of the master, a few dozen steps a node. */
#include "segment/plan_menu.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

#define K CSTN__MENU_CAPACITIES
#define ROWS (K + 1)
#define STEPS 200
#define LEAST_PRICE 1e-12

#define SLACK 0   /* unused capacity */
#define SURPLUS 1 /* overrun, at a price that no choice is worth */
#define CHOICE 2

typedef struct basic {
	int kind, row;
	double value, use[ROWS]; /* use[k] of the capacities, then 1 for a choice */
	uint8_t *choice;         /* option number within its segment; memory of its own */
} basic;

typedef struct search {
	const cstn__menu *menu;
	uint32_t *live;  /* bits: options left of each segment */
	uint32_t *kept;  /* `live` of each node above: one fixed segment more a level */
	uint8_t *best;   /* the best choice that fits */
	uint8_t *tried;  /* the choice at hand */
	uint8_t *memory; /* of the basic columns */
	int64_t value;   /* of `best`; INT64_MIN: none yet */
	int64_t open;    /* the greatest bound of a node that was not searched */
	int64_t nodes;
	double ceiling[K]; /* no price is above */
	double root[K];
	int rows;
} search;

/* --- choices -----------------------------------------------------------------------------------
 */

static const cstn__menu_option *option_of(const search *s, size_t segment, unsigned number)
{
	return &s->menu->options[s->menu->first[segment] + number];
}

static int is_dominated(const cstn__menu *menu, size_t first, size_t end, size_t at)
{
	const cstn__menu_option *mine = &menu->options[at];
	size_t i;
	int32_t k;

	for (i = first; i < end; i++) {
		const cstn__menu_option *other = &menu->options[i];
		int no_less = other->value >= mine->value, equal = other->value == mine->value;

		for (k = 0; k < menu->capacities; k++) {
			no_less &= other->use[k] <= mine->use[k];
			equal &= other->use[k] == mine->use[k];
		}
		if (i != at && no_less && (!equal || i < at))
			return 1;
	}
	return 0;
}

/* Exchange single options of the best choice while that gains and fits. */
static void polish(search *s, int64_t *use)
{
	const cstn__menu *menu = s->menu;
	int changed = 1, fits, k;
	size_t i, j;

	while (changed) {
		changed = 0;
		for (i = 0; i < menu->n; i++) {
			for (j = menu->first[i]; j < menu->first[i + 1]; j++) {
				const cstn__menu_option *now = option_of(s, i, s->best[i]);
				const cstn__menu_option *other = &menu->options[j];

				fits = other->value > now->value;
				for (k = 0; k < s->rows; k++)
					fits &= use[k] - now->use[k] + other->use[k] <=
						menu->capacity[k];
				if (!fits)
					continue;
				for (k = 0; k < s->rows; k++)
					use[k] += other->use[k] - now->use[k];
				s->value += other->value - now->value;
				s->best[i] = (uint8_t)(j - menu->first[i]);
				changed = 1;
			}
		}
	}
}

/* Take the choice if it fits and is better than the best. */
static void offer(search *s, const uint8_t *choice)
{
	int64_t value = 0, use[K] = {0};
	size_t i;
	int k;

	for (i = 0; i < s->menu->n; i++) {
		const cstn__menu_option *option = option_of(s, i, choice[i]);

		value += option->value;
		for (k = 0; k < s->rows; k++)
			use[k] += option->use[k];
	}
	for (k = 0; k < s->rows; k++)
		if (use[k] > s->menu->capacity[k])
			return;
	if (s->value != INT64_MIN && value <= s->value)
		return;
	s->value = value;
	memcpy(s->best, choice, s->menu->n);
	polish(s, use);
}

/* --- the bound ---------------------------------------------------------------------------------
 */

static double reduced(const cstn__menu_option *option, const double *price, int rows)
{
	double value = (double)option->value;
	int k;

	for (k = 0; k < rows; k++)
		value -= price[k] * (double)option->use[k];
	return value;
}

/* L(price), made greater by more than rounding can have taken; `choice` gets the best options. */
static double bound_at(const search *s, const double *price, uint8_t *choice)
{
	double sum = 0.0, size = 0.0;
	size_t i;
	int k;

	for (k = 0; k < s->rows; k++) {
		sum += price[k] * (double)s->menu->capacity[k];
		size += price[k] * (double)s->menu->capacity[k];
	}
	for (i = 0; i < s->menu->n; i++) {
		double most = -INFINITY, large = 0.0;
		uint32_t left;

		for (left = s->live[i]; left; left &= left - 1) {
			unsigned number = (unsigned)__builtin_ctz(left);
			const cstn__menu_option *option = option_of(s, i, number);
			double worth = reduced(option, price, s->rows);
			double of = fabs((double)option->value) * 2.0 + fabs(worth);

			large = of > large ? of : large;
			if (worth > most) {
				most = worth;
				choice[i] = (uint8_t)number;
			}
		}
		sum += most;
		size += large;
	}
	return sum + size * 0x1p-52 * (double)(s->menu->n + 16);
}

/* Whether a node with this bound can hold a better choice. */
static int is_open(const search *s, double bound)
{
	return s->value == INT64_MIN || bound >= (double)(s->value + 1);
}

/* --- the master problem ------------------------------------------------------------------------
 */

/* Solve the basis for a right side (`dual` 0: B x = right; 1: B' x = right) by elimination with
 * partial pivoting; 0 if singular. */
static int solve_basis(const basic *basis, int rows, int dual, const double *right, double *x)
{
	double a[ROWS][ROWS + 1];
	int i, j, k, pivot;

	for (i = 0; i <= rows; i++) {
		for (j = 0; j <= rows; j++)
			a[i][j] = dual ? basis[i].use[j] : basis[j].use[i];
		a[i][rows + 1] = right[i];
	}
	for (k = 0; k <= rows; k++) {
		for (pivot = k, i = k + 1; i <= rows; i++)
			if (fabs(a[i][k]) > fabs(a[pivot][k]))
				pivot = i;
		if (!(fabs(a[pivot][k]) > 0.0))
			return 0;
		for (j = k; j <= rows + 1; j++) {
			double held = a[k][j];

			a[k][j] = a[pivot][j];
			a[pivot][j] = held;
		}
		for (i = k + 1; i <= rows; i++) {
			double factor = a[i][k] / a[k][k];

			for (j = k; j <= rows + 1; j++)
				a[i][j] -= factor * a[k][j];
		}
	}
	for (k = rows; k >= 0; k--) {
		x[k] = a[k][rows + 1];
		for (j = k + 1; j <= rows; j++)
			x[k] -= a[k][j] * x[j];
		x[k] /= a[k][k];
	}
	return 1;
}

static void set_choice(const search *s, basic *column, const uint8_t *choice)
{
	size_t i;
	int k;

	column->kind = CHOICE;
	column->value = 0.0;
	memset(column->use, 0, sizeof(column->use));
	column->use[s->rows] = 1.0;
	for (i = 0; i < s->menu->n; i++) {
		const cstn__menu_option *option = option_of(s, i, choice[i]);

		column->value += (double)option->value;
		for (k = 0; k < s->rows; k++)
			column->use[k] += (double)option->use[k];
	}
	memcpy(column->choice, choice, s->menu->n);
}

static void set_row(const search *s, basic *column, int kind, int row)
{
	column->kind = kind;
	column->row = row;
	memset(column->use, 0, sizeof(column->use));
	column->use[row] = kind == SLACK ? 1.0 : -1.0;
	column->value = kind == SLACK ? 0.0 : -s->ceiling[row];
}

/* The prices of the basis. A capacity whose slack is basic has none at all. */
static int duals(const search *s, const basic *basis, double *price)
{
	double right[ROWS];
	int i;

	for (i = 0; i <= s->rows; i++)
		right[i] = basis[i].value;
	if (!solve_basis(basis, s->rows, 1, right, price))
		return 0;
	for (i = 0; i <= s->rows; i++)
		if (basis[i].kind == SLACK)
			price[basis[i].row] = 0.0;
	for (i = 0; i < s->rows; i++)
		if (price[i] < 0.0 && price[i] > -LEAST_PRICE)
			price[i] = 0.0;
	return 1;
}

/* Put `entering` into the basis in place of the column that reaches zero first; 0 if none does. */
static int exchange(const search *s, basic *basis, const basic *entering)
{
	double right[ROWS], level[ROWS], rate[ROWS], step = INFINITY;
	uint8_t *memory;
	int i, leaving = -1;

	for (i = 0; i < s->rows; i++)
		right[i] = (double)s->menu->capacity[i];
	right[s->rows] = 1.0;
	if (!solve_basis(basis, s->rows, 0, right, level) ||
			!solve_basis(basis, s->rows, 0, entering->use, rate))
		return 0;
	for (i = 0; i <= s->rows; i++) {
		double at;

		if (!(rate[i] > 1e-11))
			continue;
		at = (level[i] > 0.0 ? level[i] : 0.0) / rate[i];
		if (at < step) {
			step = at;
			leaving = i;
		}
	}
	if (leaving < 0)
		return 0;
	memory = basis[leaving].choice;
	basis[leaving] = *entering;
	basis[leaving].choice = memory;
	if (entering->kind == CHOICE)
		memcpy(memory, entering->choice, s->menu->n);
	return 1;
}

/* The column that gains most at these prices; 0 if none gains. `total` is the dual of the weights.
 */
static int entering_column(const search *s, const double *price, double total, double bound,
		const uint8_t *choice, basic *out)
{
	double best = 1e-9 * (fabs(total) + 1.0), gain, capacity = 0.0;
	int k, kind = -1, row = 0;

	for (k = 0; k < s->rows; k++) {
		capacity += price[k] * (double)s->menu->capacity[k];
		if (price[k] < 0.0) {
			kind = SLACK;
			row = k;
		} else if (price[k] > s->ceiling[k] * (1.0 + 1e-9)) {
			kind = SURPLUS;
			row = k;
		}
	}
	if (kind >= 0) {
		set_row(s, out, kind, row);
		return 1;
	}
	gain = bound - capacity - total;
	if (!(gain > best))
		return 0;
	set_choice(s, out, choice);
	return 1;
}

/* The least bound of the node; its prices come in `price`, from which the search starts. Leaves in
 * *split the segment whose options the relaxation mixes most, or the first with a choice left. */
static double relax(search *s, double *price, size_t *split)
{
	basic basis[ROWS], entering;
	double at[ROWS], least, bound;
	int i, steps, k;
	size_t n = s->menu->n, segment;

	for (i = 0; i <= s->rows; i++)
		basis[i].choice = s->memory + (size_t)i * n;
	entering.choice = s->memory + ROWS * n;
	least = bound_at(s, price, s->tried);
	set_choice(s, &basis[s->rows], s->tried);
	offer(s, s->tried);
	for (k = 0; k < s->rows; k++)
		set_row(s, &basis[k],
				basis[s->rows].use[k] <= (double)s->menu->capacity[k] ? SLACK
										      : SURPLUS,
				k);
	for (steps = 0; steps < STEPS && (s->nodes == 1 || is_open(s, least)); steps++) {
		if (!duals(s, basis, at))
			break;
		for (k = 0; k < s->rows && at[k] >= 0.0; k++)
			;
		bound = 0.0;
		if (k == s->rows) {
			bound = bound_at(s, at, s->tried);
			offer(s, s->tried);
			if (bound < least || steps == 0) {
				least = bound < least ? bound : least;
				memcpy(price, at, (size_t)s->rows * sizeof(*price));
			}
		}
		if (!entering_column(s, at, at[s->rows], bound, s->tried, &entering) ||
				!exchange(s, basis, &entering))
			break;
	}
	*split = n;
	for (segment = 0; segment < n; segment++) {
		int first = -1, mixed = 0;

		if (!(s->live[segment] & (s->live[segment] - 1)))
			continue;
		for (i = 0; i <= s->rows; i++) {
			if (basis[i].kind != CHOICE)
				continue;
			mixed |= first >= 0 && basis[i].choice[segment] != (uint8_t)first;
			first = basis[i].choice[segment];
		}
		if (*split == n)
			*split = segment;
		if (mixed) {
			*split = segment;
			break;
		}
	}
	return least;
}

/* --- the search --------------------------------------------------------------------------------
 */

/* Whether the least use of every capacity fits. */
static int can_fit(const search *s)
{
	size_t i;
	int k;

	for (k = 0; k < s->rows; k++) {
		int64_t sum = 0;

		for (i = 0; i < s->menu->n; i++) {
			int64_t least = INT64_MAX;
			uint32_t left;

			for (left = s->live[i]; left; left &= left - 1) {
				int64_t use = option_of(s, i, (unsigned)__builtin_ctz(left))
							      ->use[k];

				least = use < least ? use : least;
			}
			sum += least;
		}
		if (sum > s->menu->capacity[k])
			return 0;
	}
	return 1;
}

/* Drop, below this node, the options with which the bound at `price` is not above the best choice.
 */
static void drop_hopeless(search *s, const double *price)
{
	double bound = bound_at(s, price, s->tried);
	size_t i;

	for (i = 0; i < s->menu->n; i++) {
		double most = reduced(option_of(s, i, s->tried[i]), price, s->rows);
		uint32_t left;

		for (left = s->live[i]; left; left &= left - 1) {
			unsigned number = (unsigned)__builtin_ctz(left);
			double loss = most - reduced(option_of(s, i, number), price, s->rows);

			/* a part in 2^40 is more than rounding can have added to the loss */
			if (number != s->tried[i] &&
					!is_open(s, bound - loss + (fabs(bound) + loss) * 0x1p-40))
				s->live[i] &= ~(UINT32_C(1) << number);
		}
	}
}

static void leave_open(search *s, double bound)
{
	double whole = floor(bound);
	int64_t value = whole < 0x1p62 ? (whole > -0x1p62 ? (int64_t)whole : -(INT64_C(1) << 62))
				       : INT64_C(1) << 62;

	s->open = value > s->open ? value : s->open;
}

static void visit(search *s, const double *from, double above, size_t depth)
{
	uint32_t *kept = s->kept + depth * s->menu->n;
	double price[K], bound;
	uint32_t left;
	size_t split;

	if (s->nodes >= s->menu->max_nodes) {
		if (is_open(s, above))
			leave_open(s, above);
		return;
	}
	s->nodes++;
	if (!can_fit(s))
		return;
	memcpy(price, from, sizeof(price));
	bound = relax(s, price, &split);
	if (s->nodes == 1)
		memcpy(s->root, price, sizeof(price));
	bound = bound < above ? bound : above;
	if (!is_open(s, bound) || split == s->menu->n)
		return;
	memcpy(kept, s->live, s->menu->n * sizeof(*kept));
	drop_hopeless(s, price);
	for (left = s->live[split]; left;) {
		double most = -INFINITY;
		uint32_t bits, next = 0;

		for (bits = left; bits; bits &= bits - 1) {
			double worth = reduced(option_of(s, split, (unsigned)__builtin_ctz(bits)),
					price, s->rows);

			if (worth > most) {
				most = worth;
				next = bits & -bits;
			}
		}
		left &= ~next;
		s->live[split] = next;
		visit(s, price, bound, depth + 1);
	}
	memcpy(s->live, kept, s->menu->n * sizeof(*kept));
}

static void prepare(search *s)
{
	const cstn__menu *menu = s->menu;
	double range = 1.0;
	size_t i, j;
	int k;

	for (i = 0; i < menu->n; i++) {
		int64_t low = INT64_MAX, high = INT64_MIN;

		s->live[i] = 0;
		for (j = menu->first[i]; j < menu->first[i + 1]; j++) {
			low = menu->options[j].value < low ? menu->options[j].value : low;
			high = menu->options[j].value > high ? menu->options[j].value : high;
			if (!is_dominated(menu, menu->first[i], menu->first[i + 1], j))
				s->live[i] |= UINT32_C(1) << (j - menu->first[i]);
		}
		range += (double)(high - low);
	}
	/* a unit of use, the least there is, is never worth more than all values together */
	for (k = 0; k < K; k++)
		s->ceiling[k] = range;
}

cstn_status cstn__menu_solve(const cstn__menu *menu, const cstn_allocator *allocator,
		size_t *choice, cstn__menu_answer *answer, cstn_error **error)
{
	static const double none[K] = {0.0};
	search s;
	size_t i, n = menu->n, bytes = (ROWS + 3) * n;
	int k;
	cstn_status status = CSTN_OK;

	memset(&s, 0, sizeof(s));
	memset(answer, 0, sizeof(*answer));
	s.menu = menu;
	s.rows = menu->capacities;
	s.value = s.open = INT64_MIN;
	s.live = cstn__alloc(allocator, cstn__array_size(n, sizeof(*s.live)));
	s.kept = cstn__alloc(allocator, cstn__array_size(n * (n + 1), sizeof(*s.kept)));
	s.memory = cstn__alloc_zero(allocator, bytes);
	if (!s.live || !s.kept || !s.memory) {
		status = cstn__fail_nomem(error);
	} else {
		s.best = s.memory + (ROWS + 1) * n;
		s.tried = s.memory + (ROWS + 2) * n;
		prepare(&s);
		visit(&s, none, INFINITY, 0);
		if (s.value == INT64_MIN && s.open == INT64_MIN)
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the menu: no choice of one option a segment fits the "
					"capacities");
		else if (s.value == INT64_MIN)
			status = cstn__fail(error, CSTN_E_LIMIT,
					"the menu: %lld nodes found no choice that fits the "
					"capacities",
					(long long)s.nodes);
	}
	if (status == CSTN_OK) {
		answer->value = s.value;
		answer->bound = s.open > s.value ? s.open : s.value;
		answer->nodes = s.nodes;
		for (k = 0; k < s.rows; k++)
			answer->price[k] = s.root[k];
		for (i = 0; i < n; i++) {
			choice[i] = s.best[i];
			for (k = 0; k < s.rows; k++)
				answer->used[k] += option_of(&s, i, s.best[i])->use[k];
		}
	}
	cstn__free(allocator, s.memory, bytes);
	cstn__free(allocator, s.kept, cstn__array_size(n * (n + 1), sizeof(*s.kept)));
	cstn__free(allocator, s.live, cstn__array_size(n, sizeof(*s.live)));
	return status;
}
