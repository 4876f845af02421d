package deploytest_test

import "testing"

func auditRuns(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	return nil
}
