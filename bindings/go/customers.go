package constellation

/*
#include "bridge.h"
*/
import "C"

import (
	"maps"
	"runtime"
	"slices"
	"time"
	"unsafe"
)

// CustomerField is a personal field that a customer may have in a vault.
type CustomerField struct {
	Name     string
	Category VaultCategory
	Form     VaultForm // VaultFormNone: it is not searched
}

// CustomerFields lists them.
func CustomerFields() []CustomerField {
	fields := make([]CustomerField, int(C.cstn_customer_field_count()))
	for i := range fields {
		at := C.size_t(i)
		fields[i] = CustomerField{C.GoString(C.cstn_customer_field_name(at)),
			VaultCategory(C.cstn_customer_field_category(at)), VaultForm(C.cstn_customer_field_form(at))}
	}
	return fields
}

// PutCustomer keeps personal fields of a customer of the network, by their names, all or none; what is there is
// replaced. Owner "" is the network's own. It returns [ErrNotFound] without such a record or field, [ErrErased],
// [ErrInvalidArgument] for an organisation or a value without its form, [ErrIO], [ErrFull].
func (v *Vault) PutCustomer(n *Network, customer, owner string, fields map[string][]byte, now time.Time) error {
	names := slices.Sorted(maps.Keys(fields))
	var values [][]byte
	for _, name := range names {
		values = append(values, fields[name])
	}
	block, err := textBlock("a name of a field", names)
	if err != nil {
		return err
	}
	all, ends := joinEntries(values)
	all = append(all, 0) // never NULL
	return v.withNetwork(n, customer, owner, "", func(p *C.cstn_vault, net *C.cstn_network, texts [3][]byte, o *C.cstn_go_outcome) {
		C.cstn_go_customer_put(p, net, charPointer(texts[0]), charPointer(texts[1]), charPointer(block),
			bytePointer(all), unsafe.SliceData(ends), C.size_t(len(names)), C.int64_t(now.UnixMicro()), o)
	})
}

// EraseCustomer destroys the keys of a customer, enters that in the log, and leaves the network's record with id,
// owner and kind alone. It gives the inclusion proof; done again it gives the same. It returns [ErrState] if a
// legal hold, also that of the record, defers it, and [ErrNotFound] without such a record. See [Vault.Erase].
func (v *Vault) EraseCustomer(n *Network, customer, owner, reason string, now time.Time) (proof string, err error) {
	out := new(*C.cstn_buffer)
	if err := v.withNetwork(n, customer, owner, reason, func(p *C.cstn_vault, net *C.cstn_network, texts [3][]byte, o *C.cstn_go_outcome) {
		C.cstn_go_customer_erase(p, net, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]),
			C.int64_t(now.UnixMicro()), out, o)
	}); err != nil {
		return "", err
	}
	return string(takeBuffer(*out)), nil
}

// CustomerErasure says what of a customer is erased.
type CustomerErasure struct {
	Owner string // whose record it is; "": the network's own
	// Categories whose keys alone are destroyed, the record staying as it is; none: the customer is erased, as by
	// [Vault.EraseCustomer].
	Categories []VaultCategory
	Events     bool   // the customer's interactions are deleted from the network
	Reason     string // logged: without personal data
	Now        time.Time
}

// EraseCustomerCategories erases categories of a customer's personal fields, or all of them, and interactions if
// asked for: keys first, then the network forgets in one commit. It gives the inclusion proof; done again it gives
// the same and does what was left undone. It returns [ErrState] if a legal hold defers it or an interaction was
// recorded after Now, [ErrNotFound] without such a record, [ErrInvalidArgument] for an unknown category,
// [ErrConflict] if the record was changed meanwhile: call again.
func (v *Vault) EraseCustomerCategories(n *Network, customer string, how CustomerErasure) (proof string, err error) {
	out, flags := new(*C.cstn_buffer), C.uint32_t(0)
	if how.Events {
		flags = C.CSTN_ERASE_EVENTS
	}
	if err := v.withNetwork(n, customer, how.Owner, how.Reason, func(p *C.cstn_vault, net *C.cstn_network, texts [3][]byte, o *C.cstn_go_outcome) {
		C.cstn_go_customer_erase_categories(p, net, charPointer(texts[0]), charPointer(texts[1]), flags,
			categoryPointer(how.Categories), C.size_t(len(how.Categories)), charPointer(texts[2]),
			C.int64_t(how.Now.UnixMicro()), out, o)
	}); err != nil {
		return "", err
	}
	return string(takeBuffer(*out)), nil
}

// CustomerExportOptions says how a customer's data is told.
type CustomerExportOptions struct {
	Owner    string          // whose record it is; "": the network's own
	Now      time.Time       // as of when stages and verdicts are judged; needed
	Policy   *StagePolicy    // nil: the built-in one
	Verdicts *LoyaltyOptions // nil: the defaults; its AsOf is not read
}

// ExportCustomer gives all that network and vault hold of a customer, to be given to the customer: canonical JSON with
// record, personal, erased, consents, interactions, stages (moves with rule, reason and events) and verdicts with
// their evidence. No purpose is asked for. Verdicts rest on interactions alone. It returns [ErrNotFound] without such
// a record, [ErrInvalidArgument] for an organisation.
func (v *Vault) ExportCustomer(s *Snapshot, customer string, options CustomerExportOptions) ([]byte, error) {
	who, err := cText("a customer", customer)
	if err != nil {
		return nil, err
	}
	owner, err := optionalText("an owner", options.Owner)
	if err != nil {
		return nil, err
	}
	now, err := Micros(options.Now)
	if err != nil {
		return nil, err
	}
	var judge *C.cstn_loyalty_options
	if options.Verdicts != nil {
		if judge, err = options.Verdicts.read(); err != nil {
			return nil, err
		}
	}
	var policy *C.cstn_stage_policy
	if options.Policy != nil {
		if policy, err = options.Policy.use(); err != nil {
			return nil, err
		}
		defer options.Policy.end()
	}
	snapshot, err := s.handle.use()
	if err != nil {
		return nil, err
	}
	defer s.handle.done()
	defer runtime.KeepAlive(s)
	return v.made(func(p *C.cstn_vault, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_customer_export(p, snapshot, charPointer(who), charPointer(owner), C.int64_t(now), policy, judge, out, o)
	})
}

func (v *Vault) withNetwork(n *Network, customer, owner, reason string,
	work func(*C.cstn_vault, *C.cstn_network, [3][]byte, *C.cstn_go_outcome)) error {
	var texts [3][]byte
	for i, text := range []string{customer, owner, reason} {
		var err error
		if texts[i], err = optionalText("a text", text); err != nil {
			return err
		}
	}
	network, err := n.handle.use()
	if err != nil {
		return err
	}
	defer n.handle.done()
	defer runtime.KeepAlive(n)
	return v.logged(func(p *C.cstn_vault, o *C.cstn_go_outcome) { work(p, network, texts, o) })
}

// GetCustomer reads a personal field of the question's customer: [ErrErased] first, then [ErrDenied] without consent.
func (v *Vault) GetCustomer(s *Snapshot, question ConsentQuestion, field string) ([]byte, error) {
	return v.asked(s, question, field, func(p *C.cstn_vault, snapshot *C.cstn_snapshot, texts [3][]byte, now, known C.int64_t,
		name *C.char, out **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_customer_get(p, snapshot, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]),
			C.int32_t(question.Purpose), now, known, name, out, o)
	})
}

// FindCustomers gives the customers whose field equals the value once both have its form, and who allow the purpose
// of the question, which names no customer; and how many were left out as they do not.
func (v *Vault) FindCustomers(s *Snapshot, question ConsentQuestion, field string, value []byte) (customers []string, leftOut uint64, err error) {
	found, n := new(*C.cstn_vault_matches), new(C.uint64_t)
	if _, err := v.asked(s, question, field, func(p *C.cstn_vault, snapshot *C.cstn_snapshot, texts [3][]byte, now, known C.int64_t,
		name *C.char, _ **C.cstn_buffer, o *C.cstn_go_outcome) {
		C.cstn_go_customer_find(p, snapshot, charPointer(texts[0]), charPointer(texts[1]), charPointer(texts[2]),
			C.int32_t(question.Purpose), now, known, name, bytePointer(value), C.size_t(len(value)), found, n, o)
	}); err != nil {
		return nil, 0, err
	}
	return takeMatches(*found), uint64(*n), nil
}
