package constellation

import (
	"errors"
	"testing"
)

// users are what takes memory for sharing: each gives all of it back, whatever fails.
func sharingUsers(t *testing.T) map[string]func(m *Memory) error {
	v := odrlVocabulary(t)
	policy := []byte(permits("[" + odrlLeaf("dateTime", "lt", `"2026-01-01"`) + "," + odrlLeaf("DataFrequency", "eq", `"cx.dataFrequency.once:1"`) + "]"))
	bad := []byte(permits(odrlLeaf("weather", "eq", `"dry"`)))
	return map[string]func(m *Memory) error{
		"policy": func(m *Memory) error {
			p, err := ReadODRL(policy, v, nil, WithMemory(m))
			if err != nil {
				return err
			}
			return p.Close()
		},
		"policy that is refused": func(m *Memory) error {
			_, err := ReadODRL(bad, v, nil, WithMemory(m))
			if errors.Is(err, ErrUnevaluable) {
				return nil
			}
			return err
		},
		"hierarchy": func(m *Memory) error {
			h, err := NewHierarchy(map[string]string{"Ulm": "South", "Bonn": "West", "Kiel": "North"}, WithMemory(m))
			if err != nil {
				return err
			}
			defer h.Close()
			out, _, err := Anonymise(t.Context(), parcels(), &PrivacyOptions{Quasi: []string{"town"}, K: 1, Memory: m,
				Steps: []GeneraliseStep{{Column: "town", Kind: GeneraliseHierarchy, Step: 1, Hierarchy: h}}})
			if err != nil {
				return err
			}
			return out.Close()
		},
		"cells": func(m *Memory) error {
			guard, err := NewDifferenceGuard("acme", "pay", WithMemory(m))
			if err != nil {
				return err
			}
			defer guard.Close()
			options := usualCells()
			options.Guard, options.Row, options.Memory, options.Margins = guard, "id", m, true
			made, err := Aggregate(t.Context(), smallTable(), options)
			if err != nil {
				equal(t, "told, though it failed", guard.Count(), 0)
				return err
			}
			return made.Close()
		},
		"suggestion": func(m *Memory) error {
			options := usualCells()
			options.Memory = m
			made, err := AggregateSuggest(t.Context(), smallTable(), options)
			if err != nil {
				return err
			}
			return made.Close()
		},
		"answer": func(m *Memory) error {
			b, err := NewPrivacyBudget(1<<62, 0, WithMemory(m))
			if err != nil {
				return err
			}
			defer b.Close()
			options := question()
			options.Memory = m
			answer, _, err := b.Answer(t.Context(), paid(), options)
			if err != nil {
				return err
			}
			return answer.Close()
		},
	}
}

func TestSharingGivesBackItsMemoryWhateverFails(t *testing.T) {
	for name, use := range sharingUsers(t) {
		m := got[*Memory](t)(NewMemory(0))
		must(t, use(m))
		usage := m.Usage()
		if usage.Blocks != 0 || usage.Peak == 0 {
			t.Errorf("%s: %+v", name, usage)
		}
		must(t, m.Close())
		failed := 0
		for limit := int64(1); limit < usage.Peak; limit += usage.Peak/64 + 1 {
			m := got[*Memory](t)(NewMemory(limit))
			if err := use(m); err != nil {
				fails(t, name, err, ErrNoMemory)
				failed++
			}
			if usage := m.Usage(); usage.Blocks != 0 {
				t.Errorf("%s with %d bytes: %+v", name, limit, usage)
			}
			must(t, m.Close())
		}
		if failed == 0 {
			t.Errorf("%s never failed", name)
		}
	}
}

func TestObjectsOfSharingThatAreNeverClosedAreCollected(t *testing.T) {
	m := got[*Memory](t)(NewMemory(0))
	defer m.Close()
	v := odrlVocabulary(t)
	for range 50 {
		got[*ODRLPolicy](t)(ReadODRL([]byte(permits(odrlLeaf("rows", "lt", "5"))), v, nil, WithMemory(m)))
		got[*Hierarchy](t)(NewHierarchy(map[string]string{"a": "b"}, WithMemory(m)))
		got[*DifferenceGuard](t)(NewDifferenceGuard("a", "b", WithMemory(m)))
		got[*PrivacyBudget](t)(NewPrivacyBudget(1, 0, WithMemory(m)))
		options := usualCells()
		options.Memory = m
		got[*Aggregated](t)(Aggregate(t.Context(), smallTable(), options))
	}
	if !collect(func() bool { return m.Usage().Blocks == 0 }) {
		t.Errorf("some are left: %+v", m.Usage())
	}
}
