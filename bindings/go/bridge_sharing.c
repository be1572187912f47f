/* What a network keeps of the sharing of data. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_object.h"

void cstn_go_put_agreement(cstn_transaction *transaction, const char *party,
		const cstn_agreement *agreement, const cstn_vocabulary *words, int64_t now_us,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_transaction_put_agreement(
					transaction, party, agreement, words, now_us, &error));
}

void cstn_go_put_note(cstn_transaction *transaction, const char *note, size_t len, int32_t kind,
		int64_t now_us, cstn_go_outcome *o)
{
	if (kind == 2)
		CSTN_GO_CALL(o, cstn_transaction_put_waiver(
						transaction, note, len, now_us, &error));
	else if (kind == 1)
		CSTN_GO_CALL(o, cstn_transaction_put_receipt(
						transaction, note, len, now_us, &error));
	else
		CSTN_GO_CALL(o, cstn_transaction_put_override(
						transaction, note, len, now_us, &error));
}

void cstn_go_put_duty(cstn_transaction *transaction, const char *party, const uint8_t *digests,
		uint32_t index, uint32_t consequence, int32_t state, int64_t deadline_us,
		int64_t now_us, cstn_go_outcome *o)
{
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;

	memcpy(duty.agreement, digests, sizeof(duty.agreement));
	memcpy(duty.term, digests + 32, sizeof(duty.term));
	memcpy(duty.release, digests + 64, sizeof(duty.release));
	duty.index = index;
	duty.consequence = consequence;
	duty.state = state;
	duty.deadline_us = deadline_us;
	CSTN_GO_CALL(o, cstn_transaction_put_duty(transaction, party, &duty, now_us, &error));
}

void cstn_go_put_consideration(cstn_transaction *transaction, const char *party,
		const uint8_t *digests, uint32_t index, int32_t state, int64_t due_us,
		int64_t now_us, cstn_go_outcome *o)
{
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;

	memcpy(given.agreement, digests, sizeof(given.agreement));
	memcpy(given.term, digests + 32, sizeof(given.term));
	given.index = index;
	given.state = state;
	given.due_us = due_us;
	CSTN_GO_CALL(o, cstn_transaction_put_consideration(
					transaction, party, &given, now_us, &error));
}

void cstn_go_put_conflict_set(cstn_transaction *transaction, const char *constellation,
		const char *id, const char *parties, size_t n, int64_t now_us, cstn_go_outcome *o)
{
	const char **list = cstn_go_list_texts(parties, n);

	if (list == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for names of parties");
	else
		CSTN_GO_CALL(o, cstn_transaction_put_conflict_set(transaction, constellation, id,
						list, n, now_us, &error));
	free(list);
}

void cstn_go_rules_load(cstn_snapshot *snapshot, const char *constellation, const char *provider,
		const char *recipient, const cstn_vocabulary *words,
		const cstn_allocator *allocator, cstn_rules **out, cstn_go_outcome *o)
{
	cstn_rules_load_options options = CSTN_RULES_LOAD_OPTIONS_INIT;

	options.constellation = constellation;
	options.provider = provider;
	options.recipient = recipient;
	options.vocabulary = words;
	options.allocator = allocator;
	CSTN_GO_CALL(o, cstn_rules_load(snapshot, &options, out, &error));
}

void cstn_go_agreements_load(
		cstn_agreement_store *store, cstn_snapshot *snapshot, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_load(store, snapshot, &error));
}

void cstn_go_sharing_table(cstn_snapshot *snapshot, int32_t what, int64_t now_us,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out, cstn_sharing_table(snapshot, what, now_us, call.out, &call.error));
}
