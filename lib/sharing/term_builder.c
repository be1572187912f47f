/* A builder of terms: a view that grows, in memory of its own. Each part is checked when it is set,
 * so that the call that is wrong is the one that fails; what parts cannot say alone is checked when
 * the term is built. Cost: O(1) a call, but for what is copied. */
#include <string.h>

#include "base/error.h"
#include "sharing/term.h"

typedef CSTN__ARRAY(const void *) pointers;

struct cstn_term_builder {
	cstn_allocator allocator;
	cstn__arena arena;
	cstn_term_view view; /* without its lists */
	cstn_constraint *constraint;
	pointers roles, fields, considerations, duties, documents;
};

cstn_status cstn_term_builder_new(
		const cstn_allocator *allocator, cstn_term_builder **out, cstn_error **error)
{
	cstn_term_builder *builder;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*builder), &memory, &builder, error);
	if (status != CSTN_OK)
		return status;
	builder->allocator = memory;
	cstn__arena_init(&builder->arena, &memory);
	builder->view.struct_size = sizeof(builder->view);
	builder->view.effect = CSTN_EFFECT_PERMIT;
	builder->view.valid_from_us = INT64_MIN;
	builder->view.valid_until_us = INT64_MAX;
	*out = builder;
	return CSTN_OK;
}

void cstn_term_builder_free(cstn_term_builder *builder)
{
	cstn_allocator allocator;

	if (!builder)
		return;
	allocator = builder->allocator;
	cstn_constraint_unref(builder->constraint);
	cstn__array_free(&allocator, &builder->roles);
	cstn__array_free(&allocator, &builder->fields);
	cstn__array_free(&allocator, &builder->considerations);
	cstn__array_free(&allocator, &builder->duties);
	cstn__array_free(&allocator, &builder->documents);
	cstn__arena_free(&builder->arena);
	cstn__free(&allocator, builder, sizeof(*builder));
}

/* --- what all calls share --------------------------------------------------------------------- */

static cstn_status fail_null(cstn_error **error)
{
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder or value is NULL");
}

/* The most bytes that a part has. */
#define PART_MOST sizeof(cstn_term_granularity)

static const void **slot(cstn_term_view *view, size_t at)
{
	return (const void **)(void *)((uint8_t *)view + at);
}

/* Check one component of a view that has no other, and take it over. */
static cstn_status set_value(cstn_term_builder *builder, const cstn_term_view *given,
		int32_t component, const void *value, size_t at, size_t size, cstn_error **error)
{
	cstn_status status = cstn__term_check(given, component, error);

	if (status == CSTN_OK)
		memcpy((uint8_t *)&builder->view + at, value, size);
	return status;
}

/* Keep a text of the view's member at `at`, once it is checked. */
static cstn_status set_text(cstn_term_builder *builder, const char *text, int32_t component,
		size_t at, cstn_error **error)
{
	cstn_term_view view = {0};
	const char *copy;
	cstn_status status;

	if (!builder || !text)
		return fail_null(error);
	*slot(&view, at) = text;
	status = cstn__term_check(&view, component, error);
	if (status != CSTN_OK)
		return status;
	copy = cstn__arena_copy(&builder->arena, text, strlen(text));
	if (!copy)
		return cstn__fail_nomem(error);
	*slot(&builder->view, at) = copy;
	return CSTN_OK;
}

static cstn_status add(cstn_term_builder *builder, pointers *list, size_t most, const void *item,
		cstn_error **error)
{
	if (list->count >= most)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %zu of them", most);
	if (!item || cstn__array_reserve(&builder->allocator, list, 1))
		return cstn__fail_nomem(error);
	list->items[list->count++] = item;
	return CSTN_OK;
}

/* Add a text to a list whose place in the view is `at`, its number behind it. */
static cstn_status add_text(cstn_term_builder *builder, const char *text, int32_t component,
		size_t at, pointers *list, size_t most, cstn_error **error)
{
	cstn_term_view view = {0};
	const size_t one = 1;
	cstn_status status;

	*slot(&view, at) = &text;
	memcpy((uint8_t *)&view + at + sizeof(void *), &one, sizeof(one));
	status = cstn__term_check(&view, component, error);
	if (status != CSTN_OK)
		return status;
	return add(builder, list, most, cstn__arena_copy(&builder->arena, text, strlen(text)),
			error);
}

/* An options struct of the caller's, as this library knows it. */
static cstn_status read_part(const cstn__shape *shape, const void *given, const char *what,
		void *out, cstn_error **error)
{
	if (!given)
		return fail_null(error);
	return cstn__options_read(given, shape->size, shape->size, 0, what, out, error);
}

/* The steps of the caller, as this library knows them. */
static cstn_status read_steps(
		cstn_term_builder *builder, cstn_term_granularity *granularity, cstn_error **error)
{
	const cstn_term_step *const *given = granularity->steps;
	size_t n = granularity->n_steps;
	const cstn_term_step **list;
	cstn_status status = CSTN_OK;

	if (n == 0)
		return CSTN_OK;
	if (!given)
		return fail_null(error);
	if (n > CSTN_TERM_ITEMS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu steps; at most %d", n,
				CSTN_TERM_ITEMS_MOST);
	list = cstn__arena_alloc(&builder->arena, n * sizeof(*list));
	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		cstn_term_step *step =
				list ? cstn__arena_alloc(&builder->arena, sizeof(*step)) : NULL;

		if (!step)
			return cstn__fail_nomem(error);
		list[i] = step;
		status = read_part(&cstn__step_shape, given[i], "cstn_term_step", step, error);
	}
	granularity->steps = list;
	return status;
}

/* Set the part whose pointer is at `at` of the view. */
static cstn_status set_part(cstn_term_builder *builder, const void *given, const char *what,
		const cstn__shape *shape, int32_t component, size_t at, cstn_error **error)
{
	_Alignas(16) uint8_t part[PART_MOST];
	cstn_term_view view = {0};
	cstn_status status;
	const void *copy;

	if (!builder)
		return fail_null(error);
	status = read_part(shape, given, what, part, error);
	if (status == CSTN_OK && component == CSTN_TERM_GRANULARITY)
		status = read_steps(builder, (cstn_term_granularity *)(void *)part, error);
	*slot(&view, at) = part;
	if (status == CSTN_OK)
		status = cstn__term_check(&view, component, error);
	if (status != CSTN_OK)
		return status;
	copy = cstn__shape_copy(&builder->arena, shape, part);
	if (!copy)
		return cstn__fail_nomem(error);
	*slot(&builder->view, at) = copy;
	return CSTN_OK;
}

/* Add a struct that was read to a list whose place in the view is `at`. */
static cstn_status add_part(cstn_term_builder *builder, const void *part, const cstn__shape *shape,
		int32_t component, size_t at, pointers *list, cstn_error **error)
{
	cstn_term_view view = {0};
	const size_t one = 1;
	cstn_status status;

	*slot(&view, at) = &part;
	memcpy((uint8_t *)&view + at + sizeof(void *), &one, sizeof(one));
	status = cstn__term_check(&view, component, error);
	if (status != CSTN_OK)
		return status;
	return add(builder, list, CSTN_TERM_ITEMS_MOST,
			cstn__shape_copy(&builder->arena, shape, part), error);
}

/* --- single values ---------------------------------------------------------------------------- */

cstn_status cstn_term_builder_set_effect(
		cstn_term_builder *builder, int32_t effect, cstn_error **error)
{
	cstn_term_view view = {0};

	if (!builder)
		return fail_null(error);
	view.effect = effect;
	return set_value(builder, &view, CSTN_TERM_EFFECT, &effect,
			offsetof(cstn_term_view, effect), sizeof(effect), error);
}

cstn_status cstn_term_builder_set_actions(
		cstn_term_builder *builder, uint32_t actions, cstn_error **error)
{
	cstn_term_view view = {0};

	if (!builder)
		return fail_null(error);
	if (actions == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "actions: none");
	view.actions = actions;
	return set_value(builder, &view, CSTN_TERM_ACTIONS, &actions,
			offsetof(cstn_term_view, actions), sizeof(actions), error);
}

cstn_status cstn_term_builder_set_flags(
		cstn_term_builder *builder, uint32_t flags, cstn_error **error)
{
	cstn_term_view view = {0};

	if (!builder)
		return fail_null(error);
	view.flags = flags;
	return set_value(builder, &view, CSTN_TERM_FLAGS, &flags, offsetof(cstn_term_view, flags),
			sizeof(flags), error);
}

cstn_status cstn_term_builder_set_access_window(cstn_term_builder *builder, int64_t valid_from_us,
		int64_t valid_until_us, cstn_error **error)
{
	if (!builder)
		return fail_null(error);
	builder->view.valid_from_us = valid_from_us;
	builder->view.valid_until_us = valid_until_us;
	return CSTN_OK;
}

cstn_status cstn_term_builder_set_provider(
		cstn_term_builder *builder, const char *party, cstn_error **error)
{
	return set_text(builder, party, CSTN_TERM_PROVIDER, offsetof(cstn_term_view, provider),
			error);
}

cstn_status cstn_term_builder_set_recipient(
		cstn_term_builder *builder, const char *party, cstn_error **error)
{
	return set_text(builder, party, CSTN_TERM_RECIPIENT, offsetof(cstn_term_view, recipient),
			error);
}

cstn_status cstn_term_builder_set_constellation(
		cstn_term_builder *builder, const char *constellation, cstn_error **error)
{
	return set_text(builder, constellation, CSTN_TERM_CONSTELLATION,
			offsetof(cstn_term_view, constellation), error);
}

cstn_status cstn_term_builder_set_purpose(
		cstn_term_builder *builder, const char *purpose, cstn_error **error)
{
	return set_text(builder, purpose, CSTN_TERM_PURPOSE, offsetof(cstn_term_view, purpose),
			error);
}

cstn_status cstn_term_builder_set_legal_basis(
		cstn_term_builder *builder, const char *code, cstn_error **error)
{
	return set_text(builder, code, CSTN_TERM_LEGAL_BASIS, offsetof(cstn_term_view, legal_basis),
			error);
}

/* --- parts ------------------------------------------------------------------------------------ */

cstn_status cstn_term_builder_set_data_window(
		cstn_term_builder *builder, const cstn_term_data_window *window, cstn_error **error)
{
	return set_part(builder, window, "cstn_term_data_window", &cstn__data_window_shape,
			CSTN_TERM_DATA_WINDOW, offsetof(cstn_term_view, data_window), error);
}

cstn_status cstn_term_builder_set_granularity(cstn_term_builder *builder,
		const cstn_term_granularity *granularity, cstn_error **error)
{
	return set_part(builder, granularity, "cstn_term_granularity", &cstn__granularity_shape,
			CSTN_TERM_GRANULARITY, offsetof(cstn_term_view, granularity), error);
}

cstn_status cstn_term_builder_set_onward(
		cstn_term_builder *builder, const cstn_term_onward *onward, cstn_error **error)
{
	return set_part(builder, onward, "cstn_term_onward", &cstn__onward_shape, CSTN_TERM_ONWARD,
			offsetof(cstn_term_view, onward), error);
}

cstn_status cstn_term_builder_set_retention(cstn_term_builder *builder,
		const cstn_term_retention *retention, cstn_error **error)
{
	return set_part(builder, retention, "cstn_term_retention", &cstn__retention_shape,
			CSTN_TERM_RETENTION, offsetof(cstn_term_view, retention), error);
}

cstn_status cstn_term_builder_set_revocation(cstn_term_builder *builder,
		const cstn_term_revocation *revocation, cstn_error **error)
{
	return set_part(builder, revocation, "cstn_term_revocation", &cstn__revocation_shape,
			CSTN_TERM_REVOCATION, offsetof(cstn_term_view, revocation), error);
}

cstn_status cstn_term_builder_set_limits(
		cstn_term_builder *builder, const cstn_term_limits *limits, cstn_error **error)
{
	return set_part(builder, limits, "cstn_term_limits", &cstn__limits_shape, CSTN_TERM_LIMITS,
			offsetof(cstn_term_view, limits), error);
}

cstn_status cstn_term_builder_set_constraint(
		cstn_term_builder *builder, cstn_constraint *constraint, cstn_error **error)
{
	cstn_constraint *before;

	if (!builder)
		return fail_null(error);
	before = builder->constraint;
	builder->constraint = cstn_constraint_ref(constraint);
	builder->view.constraint = constraint;
	cstn_constraint_unref(before);
	return CSTN_OK;
}

/* --- lists ------------------------------------------------------------------------------------ */

cstn_status cstn_term_builder_add_recipient_role(
		cstn_term_builder *builder, const char *role, cstn_error **error)
{
	if (!builder || !role)
		return fail_null(error);
	return add_text(builder, role, CSTN_TERM_RECIPIENT,
			offsetof(cstn_term_view, recipient_roles), &builder->roles,
			CSTN_TERM_ITEMS_MOST, error);
}

cstn_status cstn_term_builder_add_field(
		cstn_term_builder *builder, const char *path, cstn_error **error)
{
	if (!builder || !path)
		return fail_null(error);
	return add_text(builder, path, CSTN_TERM_FIELDS, offsetof(cstn_term_view, fields),
			&builder->fields, CSTN_TERM_FIELDS_MOST, error);
}

cstn_status cstn_term_builder_add_consideration(cstn_term_builder *builder,
		const cstn_term_consideration *consideration, cstn_error **error)
{
	cstn_term_consideration read;
	cstn_status status;

	if (!builder)
		return fail_null(error);
	status = read_part(&cstn__consideration_shape, consideration, "cstn_term_consideration",
			&read, error);
	if (status != CSTN_OK)
		return status;
	return add_part(builder, &read, &cstn__consideration_shape, CSTN_TERM_CONSIDERATION,
			offsetof(cstn_term_view, considerations), &builder->considerations, error);
}

cstn_status cstn_term_builder_add_duty(
		cstn_term_builder *builder, const cstn_term_duty *duty, cstn_error **error)
{
	cstn_term_duty chain[CSTN_TERM_CONSEQUENCES_MOST + 1];
	cstn_status status;

	if (!builder || !duty)
		return fail_null(error);
	for (size_t i = 0; duty; i++) {
		if (i > CSTN_TERM_CONSEQUENCES_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"a duty with more than %d consequences in a row",
					CSTN_TERM_CONSEQUENCES_MOST);
		status = read_part(&cstn__duty_shape, duty, "cstn_term_duty", &chain[i], error);
		if (status != CSTN_OK)
			return status;
		duty = chain[i].consequence;
		if (i > 0)
			chain[i - 1].consequence = &chain[i];
	}
	return add_part(builder, &chain[0], &cstn__duty_shape, CSTN_TERM_DUTIES,
			offsetof(cstn_term_view, duties), &builder->duties, error);
}

cstn_status cstn_term_builder_add_document(
		cstn_term_builder *builder, const cstn_term_document *document, cstn_error **error)
{
	cstn_term_document read;
	cstn_status status;

	if (!builder)
		return fail_null(error);
	status = read_part(&cstn__document_shape, document, "cstn_term_document", &read, error);
	if (status != CSTN_OK)
		return status;
	return add_part(builder, &read, &cstn__document_shape, CSTN_TERM_LEGAL_TEXT,
			offsetof(cstn_term_view, documents), &builder->documents, error);
}

/* --- the term --------------------------------------------------------------------------------- */

cstn_status cstn_term_builder_build(
		const cstn_term_builder *builder, cstn_term **out, cstn_error **error)
{
	cstn_status status;
	cstn_term_view view;
	int32_t component;

	if (!builder || !out)
		return fail_null(error);
	view = builder->view;
	view.recipient_roles = (const char *const *)builder->roles.items;
	view.n_recipient_roles = builder->roles.count;
	view.fields = (const char *const *)builder->fields.items;
	view.n_fields = builder->fields.count;
	view.considerations = (const cstn_term_consideration *const *)builder->considerations.items;
	view.n_considerations = builder->considerations.count;
	view.duties = (const cstn_term_duty *const *)builder->duties.items;
	view.n_duties = builder->duties.count;
	view.documents = (const cstn_term_document *const *)builder->documents.items;
	view.n_documents = builder->documents.count;
	status = cstn__term_new(&view, &builder->allocator, out, &component, error);
	if (status != CSTN_OK && status != CSTN_E_NOMEM && component > 0)
		cstn__error_prefix(error, "%s: ", cstn_term_component_name(component));
	return status;
}
