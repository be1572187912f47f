#ifndef TESTS_EPCIS_FIXTURE_H
#define TESTS_EPCIS_FIXTURE_H

#include "event_fixture.h"

#define HEAD                                                                                     \
	"{\"@context\":[\"https://ref.gs1.org/standards/epcis/epcis-context.jsonld\"],"          \
	"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":\"2024-05-01T00:" \
	"00:00Z\",\"epcisBody\":{\"eventList\":["

#define TAIL "]}}"

#define TIMES "\"eventTime\":\"2024-04-30T10:00:00+02:00\",\"eventTimeZoneOffset\":\"+02:00\","

#define SSCC "urn:epc:id:sscc:4012345.0000000001"

#define EVENT(rest) "{\"type\":\"ObjectEvent\"," TIMES rest "}"

#define PLAIN EVENT("\"action\":\"OBSERVE\",\"epcList\":[\"" SSCC "\"]")

event_rows read_epcis(const char *json, const cstn_event_json_options *options);
/* The event is left out, with exactly these messages. */
void refused(const char *event, const char *messages);

#endif
