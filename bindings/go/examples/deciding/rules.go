package main

import (
	"io"
	"time"

	constellation "github.com/libconstellation/libconstellation/bindings/go"
)

// sample is what the shipper has.
var sample = []map[string]string{
	{"shipment.id": "S-1", "shipment.delivered": "2025-11-28T09:10:00Z", "order.value": "120.00"},
	{"shipment.id": "S-2", "shipment.delivered": "2025-11-29T14:45:00Z", "order.value": "75.50"},
}

// words are what the constellation speaks.
var words = constellation.RuleConstellation{
	ID:       place,
	Purposes: []constellation.RulePurpose{{Name: purpose}},
	Paths: map[string]constellation.FieldClass{
		"shipment.id":        constellation.ClassOperational,
		"shipment.delivered": constellation.ClassOperational,
		"order.value":        constellation.ClassCompetitive,
	},
}

// agreementWith is the same for everybody: all fields, as they are, as a gift.
func agreementWith(recipient string, number byte) (constellation.RuleAgreement, error) {
	parts := constellation.TermBuilder{
		Provider: shipper, Recipient: recipient, Constellation: place, Purpose: purpose,
		Fields: []string{"order.*", "shipment.*"}, Actions: []string{"read"},
		Granularity:   &constellation.TermGranularity{Level: "raw"},
		Consideration: []constellation.TermConsideration{{Kind: "explicit_none"}},
	}
	term, err := parts.Build()
	return constellation.RuleAgreement{Constellation: place, Provider: shipper, Recipient: recipient,
		Digest: constellation.Digest{number}, State: constellation.AgreementActive,
		Terms: []*constellation.Term{term}}, err
}

// newRules compiles the rules of carrier and rival, for what each and the shipper declare the other to be.
func newRules(carrier, rival constellation.Relation) (*constellation.Rules, error) {
	spec := constellation.RulesSpec{
		Constellations: []constellation.RuleConstellation{words},
		Members:        []constellation.RuleMember{{Constellation: place, Party: shipper}},
	}
	for i, other := range []string{"carrier", "rival"} {
		relation := []constellation.Relation{carrier, rival}[i]
		agreement, err := agreementWith(other, byte(1+i))
		if err != nil {
			return nil, err
		}
		defer agreement.Terms[0].Close() // the rules keep it alive
		spec.Agreements = append(spec.Agreements, agreement)
		spec.Members = append(spec.Members, constellation.RuleMember{Constellation: place, Party: other})
		spec.Relations = append(spec.Relations,
			constellation.RuleRelation{Constellation: place, Declarer: shipper, Other: other, Relation: relation},
			constellation.RuleRelation{Constellation: place, Declarer: other, Other: shipper, Relation: relation})
	}
	return constellation.NewRules(&spec)
}

func newService(carrier, rival constellation.Relation, log io.Writer) (*service, error) {
	rules, err := newRules(carrier, rival)
	if err != nil {
		return nil, err
	}
	s := &service{log: log, now: time.Now, rows: sample}
	s.rules.Store(rules)
	return s, nil
}
