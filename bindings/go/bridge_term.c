/* Terms of sharing data. */
#include <stdlib.h>

#include "bridge.h"

void cstn_go_term_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_read(json, len, flags, allocator, out, &error));
}

void cstn_go_term_text(const cstn_term *term, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_text(term, out, &error));
}

void cstn_go_term_is_within(const cstn_term *derived, const cstn_term *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, int32_t *component,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_is_within(
					derived, parent, vocabulary, within, component, &error));
}

void cstn_go_term_is_realizable(const cstn_term *term, const cstn_vocabulary *vocabulary,
		int32_t *is, int32_t *unknown, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_is_realizable(term, vocabulary, is, unknown, &error));
}

void cstn_go_term_set_new(const uintptr_t *terms, size_t n, const cstn_allocator *allocator,
		cstn_term_set **out, cstn_go_outcome *o)
{
	cstn_term **list = malloc((n ? n : 1) * sizeof(*list));
	size_t i;

	if (!list) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of terms");
		return;
	}
	for (i = 0; i < n; i++)
		list[i] = (cstn_term *)terms[i];
	CSTN_GO_CALL(o, cstn_term_set_new(list, n, allocator, out, &error));
	free(list);
}

void cstn_go_term_set_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term_set **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_set_read(json, len, flags, allocator, out, &error));
}

void cstn_go_term_set_is_within(const cstn_term_set *derived, const cstn_term_set *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, size_t *index,
		int32_t *component, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_term_set_is_within(derived, parent, vocabulary, within, index,
					component, &error));
}

void cstn_go_offer_check(const cstn_term_set *set, uint32_t flags,
		const cstn_vocabulary *vocabulary, const char *actions, size_t n_actions,
		cstn_offer_defects **defects, cstn_go_outcome *o)
{
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	const char **list = cstn_go_list_texts(actions, n_actions);

	if (!list) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of actions");
		return;
	}
	options.flags = flags;
	options.vocabulary = vocabulary;
	options.duty_actions = n_actions ? list : NULL;
	options.n_duty_actions = n_actions;
	CSTN_GO_CALL(o, cstn_offer_check(set, &options, NULL, defects, &error));
	free(list);
}

cstn_term *cstn_go_term_set_take(const cstn_term_set *set, size_t index)
{
	return cstn_term_ref(cstn_term_set_at(set, index));
}
