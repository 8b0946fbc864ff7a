create database identity;
create database tickets;
create database workflow;
create database notify;
