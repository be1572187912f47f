#ifndef CSTN_GO_BRIDGE_PRIVACY_H
#define CSTN_GO_BRIDGE_PRIVACY_H

/* Anonymity, cells, noise, shares. It is a part of bridge.h, which includes it.
 *
 * Steps come without their columns, whose names are a block of as many; blocks of no names are
 * NULL. */
#define CSTN_GO_STEPS const cstn_generalise_step *steps, const char *step_names, size_t n_steps

void cstn_go_hierarchy_new(const cstn_go_input *rows, const cstn_allocator *allocator,
		cstn_hierarchy **out, cstn_go_outcome *o);

/* `left_out` NULL measures into `*measures`; else the table goes to `*out`. */
void cstn_go_privacy(const cstn_go_input *rows, const cstn_privacy_options *given,
		const char *quasi, const char *keep, const char *sensitive, CSTN_GO_STEPS,
		const cstn_allocator *allocator, cstn_privacy_measures *measures,
		cstn_privacy_suppressed *left_out, struct ArrowArrayStream **out,
		cstn_go_outcome *o);

extern const cstn_go_kind cstn_go_difference_guard;
void cstn_go_difference_guard_new(const char *recipient, size_t recipient_len, const char *data_set,
		size_t data_set_len, const cstn_allocator *allocator, cstn_difference_guard **out,
		cstn_go_outcome *o);

/* What a call takes as lists, in libc's memory. */
typedef struct cstn_go_lists {
	const char **first, **second, **columns;
	cstn_generalise_step *steps;
	cstn_aggregate_measure *measures;
} cstn_go_lists;
void cstn_go_lists_free(cstn_go_lists *of);

/* The texts of an aggregation: blocks of names, and texts or NULL. */
typedef struct cstn_go_cells_asked {
	const char *by, *measures;
	const int32_t *kinds; /* of the measures */
	const char *company, *sensitive, *row, *recipient;
} cstn_go_cells_asked;
/* All options but binding and allocator: they refer to what was asked, and to lists, which are to
 * be freed; 0 without memory for them. */
int cstn_go_cells_options(const cstn_aggregate_options *given, const cstn_go_cells_asked *asked,
		CSTN_GO_STEPS, cstn_go_lists *of, cstn_aggregate_options *out);
/* `refused` NULL suggests what would pass; `guard` may be NULL. */
void cstn_go_aggregate(const cstn_go_input *rows, const cstn_aggregate_options *given,
		const cstn_go_cells_asked *asked, CSTN_GO_STEPS, cstn_difference_guard *guard,
		const cstn_allocator *allocator, struct ArrowArrayStream **out,
		struct ArrowArrayStream **refused, cstn_go_outcome *o);

extern const cstn_go_kind cstn_go_privacy_budget;
void cstn_go_privacy_budget_new(int64_t limit_nano, int64_t period_us,
		const cstn_allocator *allocator, cstn_privacy_budget **out, cstn_go_outcome *o);
/* `numbers`: spent, limit. */
void cstn_go_privacy_budget_spent(const cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t now_us,
		int64_t *numbers, cstn_go_outcome *o);

/* The texts of a question: texts or NULL, and a block of the partitions. */
typedef struct cstn_go_noise_asked {
	const char *recipient, *data_set, *subject, *measure, *partition, *partitions;
} cstn_go_noise_asked;
/* As cstn_go_cells_options(). */
int cstn_go_noise_options(const cstn_noise_options *given, const cstn_go_noise_asked *asked,
		CSTN_GO_STEPS, cstn_go_lists *of, cstn_noise_options *out);
void cstn_go_noise(cstn_privacy_budget *budget, const cstn_go_input *rows,
		const cstn_noise_options *given, const cstn_go_noise_asked *asked, CSTN_GO_STEPS,
		const cstn_allocator *allocator, int64_t *charged_nano,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

void cstn_go_shapley(const cstn_shapley_options *given, const int64_t *values,
		const cstn_allocator *allocator, cstn_shapley_share *out, cstn_go_outcome *o);

#endif
