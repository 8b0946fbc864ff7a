//! `DirectoryService`: people, departments, roles.

mod accounts;
mod assignments;
mod deletion;
mod departments;
mod invitations;
mod people;
mod roles;

use proto::identity::v1::{
    ArchiveDepartmentRequest, AssignRoleRequest, BatchGetUsersRequest, BatchGetUsersResponse,
    CreateDepartmentRequest, CreateRoleRequest, CreateUserRequest, DeleteRoleRequest, DeleteUserRequest,
    Department, GetPictureRequest, GetUserRequest, Invitation, InviteUserRequest, InviteUserResponse,
    ListDepartmentsRequest, ListDepartmentsResponse, ListInvitationsRequest, ListInvitationsResponse,
    ListRoleAssignmentsRequest, ListRoleAssignmentsResponse, ListRolesRequest, ListRolesResponse,
    ListUsersRequest, ListUsersResponse, Picture, ResendInvitationRequest, RevokeInvitationRequest, Role,
    RoleAssignment, SetUserStatusRequest, UnassignRoleRequest, UpdateDepartmentRequest, UpdateRoleRequest,
    UpdateUserRequest, User, directory_service_server::DirectoryService,
};
use tonic::{Request, Response, Status};

use super::answer;
use crate::Identity;

#[derive(Debug)]
pub(crate) struct Directory(pub(crate) Identity);

type Answer<A> = Result<Response<A>, Status>;

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn get_user(&self, request: Request<GetUserRequest>) -> Answer<User> {
        answer(request, |caller, ask| self.0.get_user(caller, ask)).await
    }

    async fn batch_get_users(&self, request: Request<BatchGetUsersRequest>) -> Answer<BatchGetUsersResponse> {
        answer(request, |caller, ask| self.0.batch_get_users(caller, ask)).await
    }

    async fn list_users(&self, request: Request<ListUsersRequest>) -> Answer<ListUsersResponse> {
        answer(request, |caller, ask| self.0.list_users(caller, ask)).await
    }

    async fn create_user(&self, request: Request<CreateUserRequest>) -> Answer<User> {
        answer(request, |caller, ask| self.0.create_user(caller, ask)).await
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Answer<User> {
        answer(request, |caller, ask| self.0.update_user(caller, ask)).await
    }

    async fn set_user_status(&self, request: Request<SetUserStatusRequest>) -> Answer<User> {
        answer(request, |caller, ask| self.0.set_user_status(caller, ask)).await
    }

    async fn delete_user(&self, request: Request<DeleteUserRequest>) -> Answer<User> {
        answer(request, |caller, ask| self.0.delete_user(caller, ask)).await
    }

    async fn get_picture(&self, request: Request<GetPictureRequest>) -> Answer<Picture> {
        answer(request, |_, ask| self.0.get_picture(ask)).await
    }

    async fn invite_user(&self, request: Request<InviteUserRequest>) -> Answer<InviteUserResponse> {
        answer(request, |caller, ask| self.0.invite_user(caller, ask)).await
    }

    async fn list_invitations(
        &self,
        request: Request<ListInvitationsRequest>,
    ) -> Answer<ListInvitationsResponse> {
        answer(request, |caller, ask| self.0.list_invitations(caller, ask)).await
    }

    async fn resend_invitation(
        &self,
        request: Request<ResendInvitationRequest>,
    ) -> Answer<InviteUserResponse> {
        answer(request, |caller, ask| self.0.resend_invitation(caller, ask)).await
    }

    async fn revoke_invitation(&self, request: Request<RevokeInvitationRequest>) -> Answer<Invitation> {
        answer(request, |caller, ask| self.0.revoke_invitation(caller, ask)).await
    }

    async fn list_departments(
        &self,
        request: Request<ListDepartmentsRequest>,
    ) -> Answer<ListDepartmentsResponse> {
        answer(request, |_, ask| self.0.list_departments(ask)).await
    }

    async fn create_department(&self, request: Request<CreateDepartmentRequest>) -> Answer<Department> {
        answer(request, |caller, ask| self.0.create_department(caller, ask)).await
    }

    async fn update_department(&self, request: Request<UpdateDepartmentRequest>) -> Answer<Department> {
        answer(request, |caller, ask| self.0.update_department(caller, ask)).await
    }

    async fn archive_department(&self, request: Request<ArchiveDepartmentRequest>) -> Answer<Department> {
        answer(request, |caller, ask| self.0.archive_department(caller, ask)).await
    }

    async fn list_roles(&self, request: Request<ListRolesRequest>) -> Answer<ListRolesResponse> {
        answer(request, |caller, _| self.0.list_roles(caller)).await
    }

    async fn create_role(&self, request: Request<CreateRoleRequest>) -> Answer<Role> {
        answer(request, |caller, ask| self.0.create_role(caller, ask)).await
    }

    async fn update_role(&self, request: Request<UpdateRoleRequest>) -> Answer<Role> {
        answer(request, |caller, ask| self.0.update_role(caller, ask)).await
    }

    async fn delete_role(&self, request: Request<DeleteRoleRequest>) -> Answer<()> {
        answer(request, |caller, ask| self.0.delete_role(caller, ask)).await
    }

    async fn assign_role(&self, request: Request<AssignRoleRequest>) -> Answer<RoleAssignment> {
        answer(request, |caller, ask| self.0.assign_role(caller, ask)).await
    }

    async fn unassign_role(&self, request: Request<UnassignRoleRequest>) -> Answer<()> {
        answer(request, |caller, ask| self.0.unassign_role(caller, ask)).await
    }

    async fn list_role_assignments(
        &self,
        request: Request<ListRoleAssignmentsRequest>,
    ) -> Answer<ListRoleAssignmentsResponse> {
        answer(request, |caller, ask| self.0.list_role_assignments(caller, ask)).await
    }
}
