#ifndef CSTN_GO_BRIDGE_PRIVACY_H
#define CSTN_GO_BRIDGE_PRIVACY_H

/* Steps come without their columns, whose names are a block of as many; blocks of no names are
 * NULL.
 */
/* `left_out` NULL measures into `*measures`; else the table goes to `*out`. */
void cstn_go_privacy(const cstn_go_input *rows, const cstn_privacy_options *given,
		const char *quasi, const char *keep, const char *sensitive,
		const cstn_generalise_step *steps, const char *step_names, size_t n_steps,
		const cstn_allocator *allocator, cstn_privacy_measures *measures,
		cstn_privacy_suppressed *left_out, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
/* What goes to `*out`: 0 the cells, 1 those that were refused, 2 what would pass. */
void cstn_go_aggregate(const cstn_go_input *rows, const cstn_aggregate_options *given,
		const char *by, const char *measures, const int32_t *kinds, const char *company,
		const char *sensitive, const char *recipient, const cstn_generalise_step *steps,
		const char *step_names, size_t n_steps, int32_t what,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_shapley(const cstn_shapley_options *given, const int64_t *values,
		const cstn_allocator *allocator, cstn_shapley_share *out, cstn_go_outcome *o);

#endif
