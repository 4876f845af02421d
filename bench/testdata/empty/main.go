// Command empty is the least function that aws-lambda-go makes, to compare a cold start with.
package main

import "github.com/aws/aws-lambda-go/lambda"

type empty struct{}

func main() {
	lambda.Start(func(empty) (empty, error) { return empty{}, nil })
}
