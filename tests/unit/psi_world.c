#include "psi_world.h"

#include <stdio.h>

#include "network_fixture.h"
#include "suite.h"

void psi_world_open(psi_world *world)
{
	agreement_world_open(&world->parties);
	world->network = network_small();
}

void psi_world_close(psi_world *world)
{
	agreement_world_close(&world->parties);
	cstn_network_unref(world->network);
}

char *psi_term(const char *changes)
{
	json_t *term = json_pack("{s:[s], s:[{s:s}], s:s, s:s, s:[s], s:{s:s}, s:s, s:s, s:s}",
			"actions", "read", "consideration", "kind", "explicit_none",
			"constellation", "c1", "effect", "permit", "fields", "item.gtin",
			"granularity", "level", "existence", "provider", "maker", "purpose",
			"planning", "recipient", "shop");
	char text[1024];
	json_t *more;
	char *out;

	snprintf(text, sizeof(text), "{%s}", changes);
	more = json_loads(text, 0, NULL);
	ck_assert_msg(more != NULL, "%s", text);
	ck_assert_int_eq(json_object_update(term, more), 0);
	if (json_object_get(more, "recipient_roles"))
		json_object_del(term, "recipient");
	json_decref(more);
	out = json_dumps(term, 0);
	ck_assert_ptr_nonnull(out);
	json_decref(term);
	return out;
}

cstn_term_set *psi_terms(const char *first, const char *second)
{
	char *one = psi_term(first), *two = second ? psi_term(second) : NULL, text[4096];
	cstn_term_set *set;

	snprintf(text, sizeof(text), "[%s%s%s]", one, two ? "," : "", two ? two : "");
	SHARING_OK(cstn_term_set_read(
			text, strlen(text), CSTN_TERM_READ_LOOSE, NULL, &set, &error));
	free(one);
	free(two);
	return set;
}

cstn_agreement *psi_signed(const psi_world *world, const char *first, const char *second)
{
	cstn_agreement_body body = agreement_body(0);
	cstn_term_set *set = psi_terms(first, second);
	cstn_agreement *bare, *out;

	cstn_term_set_digest(set, body.terms);
	bare = agreement_of(&world->parties, &body);
	SHARING_OK(cstn_agreement_with_terms(bare, set, &out, &error));
	cstn_agreement_unref(bare);
	cstn_term_set_unref(set);
	return out;
}

cstn_psi_options psi_under(
		const psi_world *world, const cstn_agreement *agreement, int sends, int64_t now_us)
{
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.kind = "item.gtin";
	options.kind_log2 = 40;
	options.mode = CSTN_PSI_ITEMS;
	options.direction = CSTN_PSI_TO_RECIPIENT;
	options.threads = 1;
	options.signed_agreement = agreement;
	options.party = sends ? "maker" : "shop";
	options.partner = sends ? "shop" : "maker";
	options.network = world->network;
	options.now_us = now_us;
	return options;
}

cstn_status psi_opens(
		const cstn_psi_options *receives, const cstn_psi_options *sends, const char *words)
{
	cstn_psi_receiver *receiver = NULL;
	cstn_psi_sender *sender = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_psi_receiver_new(receives, NULL, &receiver, &error);

	ck_assert_msg(status == CSTN_OK || strstr(cstn_error_message(error), words), "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	ck_assert((receiver != NULL) == (status == CSTN_OK));
	ck_assert_int_eq(cstn_psi_sender_new(sends, NULL, &sender, NULL), status);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	return status;
}

json_t *psi_entries(const psi_world *world, const char *party, const char *constellation)
{
	json_t *out = json_array();
	cstn_shared_log *log;
	uint64_t end;

	SHARING_OK(cstn_shared_log_open(world->network, party, constellation, NULL, &log, &error));
	for (uint64_t i = 0; i < cstn_log_size(cstn_shared_log_tree(log)); i++) {
		cstn_buffer *entry;

		SHARING_OK(cstn_shared_log_read(log, i, 1, &end, &entry, &error));
		json_array_append_new(out, json_loadb((const char *)cstn_buffer_data(entry),
							   cstn_buffer_size(entry), 0, NULL));
		cstn_buffer_free(entry);
	}
	cstn_shared_log_free(log);
	return out;
}

const char *psi_said(const json_t *entry, const char *name, const char *below)
{
	const json_t *value = json_object_get(entry, name);
	const char *text = json_string_value(below ? json_object_get(value, below) : value);

	return text ? text : "";
}
