#ifndef CSTN_SHARING_ODRL_H
#define CSTN_SHARING_ODRL_H

#include <stdatomic.h>

#include <jansson.h>

#include <constellation/odrl.h>

#include "base/alloc.h"
#include "network/json_tree.h"
#include "sharing/vocabulary.h"

typedef struct cstn__odrl_duty {
	const char *action, *uid;
} cstn__odrl_duty;

typedef struct cstn__odrl_rule {
	cstn_odrl_rule is; /* its constraint is referenced */
	CSTN__ARRAY(cstn_odrl_component) components;
	CSTN__ARRAY(cstn__odrl_duty) duties;
} cstn__odrl_rule;

struct cstn_odrl_policy {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena arena; /* texts and ids */
	const char *uid;
	CSTN__ARRAY(cstn__odrl_rule) rules;
};

typedef struct cstn__odrl_refusal {
	const char *place, *operand, *value, *why;
} cstn__odrl_refusal;

struct cstn_odrl_refusals {
	cstn_allocator allocator;
	cstn__arena arena;
	CSTN__ARRAY(cstn__odrl_refusal) items;
};

/* A policy that is being read. Functions fail only for want of memory or past a limit; what cannot
 * be evaluated is put among the refusals, and reading goes on. */
typedef struct cstn__odrl_reading {
	const cstn_vocabulary *vocabulary;
	cstn_odrl_options options;
	cstn_odrl_policy *policy;
	cstn_odrl_refusals *refused;
	cstn__json_path path;
	cstn_error **error;
	const json_t *whole;   /* the policy */
	cstn__odrl_rule *rule; /* that is being read */
	int32_t kind;          /* of rules being read */
	int32_t conjunct;      /* 1: what is read is a conjunct of the whole rule */
} cstn__odrl_reading;

cstn_status cstn__odrl_read_policy(cstn__odrl_reading *from, const json_t *value);

cstn_status cstn__odrl_refuse(
		cstn__odrl_reading *from, const char *operand, const char *value, const char *why);
/* The same of a JSON value, shown as it stands. */
cstn_status cstn__odrl_refuse_json(cstn__odrl_reading *from, const char *operand,
		const json_t *value, const char *why);

/* A name without the prefix of ODRL, or of the profile. */
const char *cstn__odrl_name(const char *name);
/* A member by its bare name; NULL. */
const json_t *cstn__odrl_member(const json_t *object, const char *name);
/* Refuse members that are not among `known` (ends with NULL) nor mere information, and those that
 * stand there under two names. */
cstn_status cstn__odrl_check_members(
		cstn__odrl_reading *from, const json_t *object, const char *const *known);
/* The text of a value: itself, or its @id, @value or value; NULL. */
const char *cstn__odrl_text(const json_t *value);
/* A copy in the policy's memory. CSTN_E_NOMEM. */
cstn_status cstn__odrl_keep(cstn__odrl_reading *from, const char *text, const char **out);

/* The constraint of a rule: a list or one. Adds components to the rule; *out stays NULL if there is
 * nothing left, or something was refused. */
cstn_status cstn__odrl_read_constraint(
		cstn__odrl_reading *from, const json_t *value, cstn_constraint **out);
/* A leaf on an operand of the vocabulary. */
cstn_status cstn__odrl_read_leaf(cstn__odrl_reading *from, const char *name, size_t operand,
		int32_t operation, const json_t *value, cstn_constraint **out);
/* Of the profile: is `name` a component or a legal text? If so it is read, or refused, and *known
 * is 1. */
cstn_status cstn__odrl_read_component(cstn__odrl_reading *from, const char *name, int32_t operation,
		const json_t *value, const json_t *whole, int *known);
/* An instant or duration in text; 0, or -1. */
int cstn__odrl_instant(const char *text, int64_t *us);
int cstn__odrl_duration(const char *text, int64_t *us);

#endif
