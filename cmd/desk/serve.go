package main

import (
	"context"
	"errors"
	"fmt"

	"replydesk/app"
	"replydesk/app/demo"
)

type serveCmd struct{}

func (serveCmd) Run(e *env) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	return app.Run(e.ctx, cfg, log, version)
}

type demoCmd struct {
	Phone string `help:"Address of the simulator and its citizen phone page." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
}

func (d demoCmd) Run(e *env) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	return demo.Run(e.ctx, cfg, log, version, d.Phone, func(s string) { fmt.Print(s) })
}

type migrateCmd struct{}

func (migrateCmd) Run(e *env) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	a, err := app.New(e.ctx, cfg, log, version)
	if err != nil {
		return err
	}
	fmt.Println("the database is up to date")
	return a.Close()
}

type simulateCmd struct {
	Addr     string `help:"Where to listen; a loopback address." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	State    string `help:"File that keeps threads and undelivered callbacks across restarts." type:"path" placeholder:"FILE"`
	Callback string `help:"Webhook address the account's callbacks go to." placeholder:"URL"`
	AppID    string `help:"AppID of the account." default:"wxsimulated0000001"`
	Secret   string `help:"AppSecret of the account." default:"simulated-secret"`
	Token    string `help:"Token of the account." default:"simulatedtoken"`
	Key      string `help:"EncodingAESKey of the account (43 characters)." default:"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"`
	Mode     string `help:"Message mode." enum:"plain,compatible,safe" default:"safe"`
	Format   string `help:"Data format." enum:"xml,json" default:"xml"`
}

func (s simulateCmd) Run(e *env) error {
	_, log, err := e.load()
	if err != nil {
		return err
	}
	sim, err := demo.OpenSimulator(s.Addr, s.State, log)
	if err != nil {
		return err
	}
	account := demo.SimulatedAccount{
		Name: s.AppID, AppID: s.AppID, Secret: s.Secret, Token: s.Token, Key: s.Key, Mode: s.Mode, Format: s.Format, Callback: s.Callback,
	}
	if err := sim.AddAccount(account); err != nil {
		return errors.Join(err, sim.Close(context.WithoutCancel(e.ctx)))
	}
	fmt.Printf("WeChat API     %s\nCitizen phone  %s/phone\n", sim.URL(), sim.URL())
	return sim.Run(e.ctx)
}
