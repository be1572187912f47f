/* Terms that tests change component by component. */
#include "term_parts.h"

#include <string.h>

#include "term_fixture.h"

static void link_parts(term_parts *parts)
{
	cstn_term_view *view = &parts->view;

	view->struct_size = sizeof(*view);
	view->data_window = &parts->window;
	view->granularity = &parts->granularity;
	view->onward = &parts->onward;
	view->retention = &parts->retention;
	view->revocation = &parts->revocation;
	view->limits = &parts->limits;
	view->fields = parts->fields;
	view->considerations = parts->considerations;
	view->duties = parts->duties;
	view->documents = parts->documents;
	parts->onward.parties = parts->parties;
	parts->considerations[0] = &parts->consideration;
	parts->duties[0] = &parts->duty;
	parts->duty.consequence = &parts->consequence;
	parts->documents[0] = &parts->document;
	parts->step_list[0] = &parts->steps[0];
	parts->step_list[1] = &parts->steps[1];
}

void term_parts_parent(term_parts *parts)
{
	static const cstn_term_data_window window = {sizeof(window), 0, 1000 * TERM_DAY,
			2000 * TERM_DAY, TERM_DAY, 90 * TERM_DAY};
	static const cstn_term_granularity cells = {sizeof(cells), 0, CSTN_LEVEL_AGGREGATED, 0, 0,
			NULL, 0, 5, 2, 400, 3, 600, 0, 0, 0};
	static const cstn_term_onward onward = {sizeof(onward), 0, CSTN_ONWARD_LIST, 2, NULL, 2};
	static const cstn_term_retention retention = {
			sizeof(retention), 0, 30 * TERM_DAY, CSTN_DELIVERED_DELETE, 1};
	static const cstn_term_revocation revocation = {sizeof(revocation), 0,
			CSTN_REVOCATION_PROVIDER, CSTN_DELIVERED_DELETE, 7 * TERM_DAY};
	static const cstn_term_limits limits = {
			sizeof(limits), 0, 100, 1000, TERM_DAY, 100000, 1000000000, 30 * TERM_DAY};
	static const cstn_term_consideration gift = {sizeof(gift), 0,
			CSTN_CONSIDERATION_EXPLICIT_NONE, 0, 0, 0, 0, 0, 0, NULL, NULL, {0}, 0, 0};
	static const cstn_term_duty duty = {
			sizeof(duty), 0, CSTN_DUTY_BEFORE, CSTN_DUE_AT, TERM_DAY, "report", NULL};
	static const cstn_term_duty consequence = {sizeof(consequence), 0, CSTN_DUTY_AFTER,
			CSTN_DUE_AFTER_END, TERM_DAY, "pay", NULL};
	static const cstn_term_document document = {sizeof(document), 0, "Contract", {1, 2, 3}};

	memset(parts, 0, sizeof(*parts));
	parts->window = window;
	parts->granularity = cells;
	parts->onward = onward;
	parts->retention = retention;
	parts->revocation = revocation;
	parts->limits = limits;
	parts->consideration = gift;
	parts->duty = duty;
	parts->consequence = consequence;
	parts->document = document;
	parts->fields[0] = "order.*";
	parts->fields[1] = "shipment.eta";
	parts->parties[0] = "gamma";
	parts->parties[1] = "delta";
	parts->view.effect = CSTN_EFFECT_PERMIT;
	parts->view.actions = CSTN_ACTION_READ | CSTN_ACTION_DERIVE | CSTN_ACTION_GIVE;
	parts->view.provider = "acme";
	parts->view.recipient = "beta";
	parts->view.constellation = "fmcg";
	parts->view.n_fields = 2;
	parts->view.purpose = "replenishment";
	parts->view.valid_from_us = 1000 * TERM_DAY;
	parts->view.valid_until_us = 2000 * TERM_DAY;
	parts->view.n_considerations = parts->view.n_duties = parts->view.n_documents = 1;
	parts->view.legal_basis = "contract";
	parts->view.flags = CSTN_TERM_PROOF_OF_CONTENT;
	link_parts(parts);
}

void term_parts_derived(term_parts *parts)
{
	term_parts_parent(parts);
	parts->view.provider = "beta";
	parts->view.recipient = "gamma";
	parts->onward.max_hops = 1;
}

cstn_term *term_parts_build(const term_parts *parts)
{
	cstn_term *term = NULL;
	int32_t component;

	TERM_OK(cstn__term_new(&parts->view, NULL, &term, &component, &term_error));
	return term;
}

void term_parts_level(term_parts *parts, int32_t level)
{
	memset(&parts->granularity, 0, sizeof(parts->granularity));
	parts->granularity.struct_size = sizeof(parts->granularity);
	parts->granularity.level = level;
	if (level == CSTN_LEVEL_NOISED)
		parts->granularity.sensitivity = parts->granularity.nano_epsilon = 10;
}

void term_parts_steps(term_parts *parts, int64_t star_step, int64_t field_step)
{
	static const cstn_term_step blank = CSTN_TERM_STEP_INIT;

	term_parts_level(parts, CSTN_LEVEL_GENERALISED);
	parts->steps[0] = parts->steps[1] = blank;
	parts->steps[0].path = "order.*";
	parts->steps[0].step = star_step;
	parts->steps[1].path = "order.qty";
	parts->steps[1].step = field_step;
	parts->granularity.steps = parts->step_list;
	parts->granularity.n_steps = 2;
}
