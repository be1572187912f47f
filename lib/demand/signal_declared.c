/* Declarations of signals: checked, settled and copied. O(n^2) of at most 64. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "demand/signals.h"

#define NAME_MOST 64

static const char *const reserved[] = {"unique_id", "ds", "y", "pool"};

static cstn_status check_name(const char *what, const char *name, cstn_error **error)
{
	size_t len = name ? strlen(name) : 0, i;

	if (!len || len > NAME_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %zu bytes long (1 to %d)",
				what, len, NAME_MOST);
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(name, reserved[i]) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"'%s' is a column of the rows, no %s", name, what);
	return CSTN_OK;
}

static cstn_status check_feature(const cstn_signal *s, cstn_error **error)
{
	int is_orders = s->kind == CSTN_SIGNAL_FORWARD_ORDER;

	if (s->kind < CSTN_SIGNAL_KNOWN_FUTURE || s->kind > CSTN_SIGNAL_FORWARD_ORDER)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': kind is %d (1 to 3)", s->name, s->kind);
	if (s->feature < CSTN_SIGNAL_AS_VALUE || s->feature > CSTN_SIGNAL_AS_EVENT)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': feature is %d (1 to 9, or 0)", s->name, s->feature);
	if (is_orders != (s->feature == CSTN_SIGNAL_AS_ORDERS))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': feature is %d: orders, and they alone, have %d",
				s->name, s->feature, CSTN_SIGNAL_AS_ORDERS);
	if (s->feature == CSTN_SIGNAL_AS_EVENT && s->kind != CSTN_SIGNAL_KNOWN_FUTURE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': an event is known ahead, kind is %d", s->name,
				s->kind);
	if (is_orders && s->flags & CSTN_SIGNAL_ASSUME_KNOWN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': of orders it is never assumed when they came",
				s->name);
	return CSTN_OK;
}

static cstn_status check_numbers(const cstn_signal *s, cstn_error **error)
{
	int32_t most = s->kind == CSTN_SIGNAL_OBSERVED_PAST ? CSTN_SIGNAL_LAG_MOST : 0;

	if (s->lag < 0 || s->lag > most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': lag is %d (0 to %d)", s->name, s->lag, most);
	if (s->feature == CSTN_SIGNAL_AS_CLASS ? s->classes < 2 || s->classes > 64
					       : s->classes != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"signal '%s': classes is %d (2 to 64 of classes, else 0)", s->name,
				s->classes);
	return CSTN_OK;
}

/* The number of a text among n; n if it is new. */
static size_t find(const char *const *texts, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n && strcmp(texts[i], text) != 0; i++)
		;
	return i;
}

static cstn_status place(cstn__signals *all, size_t i, cstn_error **error)
{
	cstn_signal *s = &all->declared[i];
	size_t name = find(all->names, all->n_names, s->name);
	size_t group = find(all->groups, all->n_groups, s->group), k;

	all->names[name] = s->name;
	all->n_names += name == all->n_names;
	all->name[i] = (uint8_t)name;
	all->group[i] = (uint8_t)group;
	for (k = 0; k < i; k++) {
		const cstn_signal *other = &all->declared[k];

		if (all->name[k] == name && other->feature == s->feature &&
				other->kind == s->kind && other->lag == s->lag)
			return cstn__fail(error, CSTN_E_DUPLICATE,
					"signal '%s' is declared twice with feature %d", s->name,
					s->feature);
	}
	if (group < all->n_groups) {
		const char *partner = all->partners[group];

		if (!s->partner != !partner || (partner && strcmp(s->partner, partner) != 0))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signal '%s': group '%s' is of %s and of %s", s->name,
					s->group, partner ? partner : "nobody",
					s->partner ? s->partner : "nobody");
	} else {
		all->groups[group] = s->group;
		all->partners[group] = s->partner;
		all->assumed[group] = 0;
		all->n_groups++;
	}
	all->assumed[group] |= (s->flags & CSTN_SIGNAL_ASSUME_KNOWN) != 0;
	return CSTN_OK;
}

static cstn_status read_one(
		cstn__signals *all, size_t i, const cstn_signal *given, cstn_error **error)
{
	cstn_signal *s = &all->declared[i];
	char what[32];
	cstn_status status;

	snprintf(what, sizeof(what), "signal %zu", i);
	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", what);
	status = cstn__options_read(given, sizeof(*given), sizeof(*s),
			CSTN_SIGNAL_ASSUME_KNOWN | CSTN_SIGNAL_LATE_IS_MISSING, "cstn_signal", s,
			error);
	if (status == CSTN_OK)
		status = check_name("a signal's name", s->name, error);
	if (status == CSTN_OK && !s->group)
		s->group = s->name;
	if (status == CSTN_OK)
		status = check_name("a signal's group", s->group, error);
	if (status == CSTN_OK && s->partner)
		status = check_name("a signal's partner", s->partner, error);
	if (status != CSTN_OK)
		return status;
	if (!s->feature)
		s->feature = s->kind == CSTN_SIGNAL_FORWARD_ORDER ? CSTN_SIGNAL_AS_ORDERS
								  : CSTN_SIGNAL_AS_VALUE;
	status = check_feature(s, error);
	if (status == CSTN_OK)
		status = check_numbers(s, error);
	if (status != CSTN_OK)
		return status;
	s->name = cstn__arena_copy(&all->arena, s->name, strlen(s->name));
	s->group = cstn__arena_copy(&all->arena, s->group, strlen(s->group));
	if (s->partner) {
		s->partner = cstn__arena_copy(&all->arena, s->partner, strlen(s->partner));
		if (!s->partner)
			return cstn__fail_nomem(error);
	}
	return s->name && s->group ? place(all, i, error) : cstn__fail_nomem(error);
}

cstn_status cstn__signals_read(cstn__signals *signals, const cstn_signal *const *declared, size_t n,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	memset(signals, 0, sizeof(*signals));
	cstn__arena_init(&signals->arena, allocator);
	if (n > CSTN_SIGNALS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu signals are declared (1 to %d)", n,
				CSTN_SIGNALS_MOST);
	if (!n || !declared)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no signal is declared");
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_one(signals, i, declared[i], error);
	signals->n = n;
	if (status != CSTN_OK)
		cstn__signals_free(signals);
	return status;
}

void cstn__signals_free(cstn__signals *signals)
{
	cstn__arena_free(&signals->arena);
	signals->n = 0;
}
